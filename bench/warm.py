"""A process that keeps its connections and does one event, or one batch, by the program that it is told."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from bench.channel import serve
from bench.floor import Errand, Floor
from bench.invocation import Invocation
from registrar import configuration, handler
from registrar.batch import settle_records
from registrar.eks.cluster import describe
from registrar.service import Registrar, Settled
from registrar.wiring import client, registrar_of


class BenchError(RuntimeError):
    """A program did not do what it is measured by; its figures would mean nothing."""


@dataclass
class Calls:
    """The requests that botocore sends, counted by operation."""

    counted: Counter[str] = field(default_factory=Counter)

    def listen(self, session: boto3.Session) -> None:
        """Count for every client that the session makes from now on."""
        session.events.register("before-send", self._count)

    def _count(self, event_name: str, **_: Any) -> None:
        self.counted[event_name.rpartition(".")[2]] += 1

    def take(self) -> dict[str, int]:
        """What was counted since the last time."""
        taken = dict(self.counted)
        self.counted.clear()
        return taken


@dataclass(frozen=True)
class Programs:
    """The registrar and the floor, in one process and under the same identity."""

    registrar: Registrar
    floor: Floor
    calls: Calls

    @classmethod
    def prepare(cls) -> Programs:
        """Put both together from the environment that the function would have."""
        session, calls = boto3.Session(), Calls()
        calls.listen(session)
        policy = configuration.load(Path(os.environ["REGISTRAR_CONFIG"]))
        registrar = registrar_of(policy, "public", session)
        cluster = registrar.clusters[0]
        endpoint = describe(client(boto3.Session(), "eks", cluster.region), cluster)
        aws_url = f"{os.environ['AWS_ENDPOINT_URL']}/"
        return cls(registrar, Floor.connect(endpoint, session, cluster.name, cluster.region, aws_url), calls)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Run one program: its time and its own CPU time in seconds, and what it asked AWS for, by operation."""
        run = self._named(question["program"])
        work = question["work"]
        prepared = Errand(**work) if question["program"] == "floor" else work
        started, worked = time.perf_counter(), time.process_time()
        aws = run(prepared)
        return {"seconds": time.perf_counter() - started, "cpu": time.process_time() - worked, "aws": aws}

    def _named(self, program: str) -> Callable[[Any], dict[str, int]]:
        programs: dict[str, Callable[[Any], dict[str, int]]] = {
            "floor": self._floor,
            "settle": self._settle,
            "handler": self._handler,
            "batch": self._batch,
        }
        return programs[program]

    def _floor(self, errand: Errand) -> dict[str, int]:
        statuses = self.floor.run(errand)
        wrong = [status for status in statuses if status >= 400]
        if wrong != ([404] if errand.binding is not None else []):
            raise BenchError(f"the floor's requests were answered with {statuses}")
        return {"DescribeCluster": 1, "GetRole": 2} if errand.as_the_registrar else {"GetRole": 1}

    def _settle(self, event: dict[str, Any]) -> dict[str, int]:
        return self._checked(self.registrar.settle([event]))

    def _handler(self, event: dict[str, Any]) -> dict[str, int]:
        answer = handler.handler(event, cast("Any", Invocation()))
        if not all(cluster["written"] for cluster in answer["clusters"]):
            raise BenchError(f"the handler wrote nothing: {answer}")
        return {}

    def _batch(self, records: list[dict[str, Any]]) -> dict[str, int]:
        return self._checked(settle_records([SQSRecord(record) for record in records], self.registrar))

    def _checked(self, settled: Settled) -> dict[str, int]:
        errors = [outcome.error for outcome in settled.outcomes if outcome.error is not None]
        if errors or not all(result.written for result in settled.results):
            raise BenchError(f"nothing was written, or not everything: {errors}")
        return self.calls.take()


if __name__ == "__main__":
    serve(Programs.prepare().answer)
