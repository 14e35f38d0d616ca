"""Requests per event and per batch, counted where they arrive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.audit import AuditLog, Sent
from bench.channel import Child
from bench.stage import Asking, Stage
from bench.table import Table
from registrar.marks import controller_group

BATCHES = (1, 10, 100)
COLUMNS = (
    "what", "aws-auth read", "aws-auth written", "history", "bindings read", "bindings written",
    "ClusterRoles, namespaces read", "GetRole", "DescribeCluster", "all",
)  # fmt: skip
MEANING = (
    "Requests to the API server are counted in its audit log, for the registrar's user; requests to AWS by botocore's "
    "before-send event. All roles ask for the same grant, whose binding is to be made unless the row says otherwise. "
    "After a write the binding, and each role, are looked at once more; the history is looked at before it, and "
    "written where others have changed aws-auth."
)


@dataclass(frozen=True)
class Counted:
    """What was sent, to both sides."""

    kubernetes: Counter[Sent]
    aws: Counter[str]

    def cells(self) -> tuple[str, ...]:
        """The counts in the order of ``COLUMNS``, without the first."""
        looked_up = self._read("clusterroles") + self._read("namespaces")
        counts = [
            self._read("configmaps"), self._written("configmaps"), self._all("history"), self._read("rolebindings"),
            self._written("rolebindings"), looked_up, self.aws["GetRole"], self.aws["DescribeCluster"],
        ]  # fmt: skip
        return tuple(map(str, [*counts, self.kubernetes.total() + self.aws.total()]))

    def _read(self, resource: str) -> int:
        return sum(count for sent, count in self.kubernetes.items() if sent.resource == resource and sent.verb == "get")

    def _written(self, resource: str) -> int:
        return self._all(resource) - self._read(resource)

    def _all(self, resource: str) -> int:
        return sum(count for sent, count in self.kubernetes.items() if sent.resource == resource)


@dataclass(frozen=True)
class Counting:
    """The measurement's parts; ``child`` has not opened the cluster yet."""

    stage: Stage
    child: Child
    audit: AuditLog

    def table(self) -> Table:
        """Count all cases."""
        cold = ("one event, cold", *self._batch(self.stage.asking()))
        different = [(f"batch of {n}, different roles", *self._batch(self.stage.asking(n))) for n in BATCHES]
        one = [(f"batch of {n}, all one role", *self._batch(self.stage.asking() * n)) for n in BATCHES[1:]]
        return Table("Requests", MEANING, COLUMNS, (cold, *self._one_event(), *different, *one))

    def _one_event(self) -> list[tuple[str, ...]]:
        (first,) = self.stage.asking()
        made = self._batch([first])
        stands = self._batch(self.stage.asking(), keep_binding=True)
        return [
            ("one event, warm", *made),
            ("one event, warm, binding stands", *stands),
            ("one event, warm, untagged (row and binding go)", *self._revoked()),
        ]

    def _revoked(self) -> tuple[str, ...]:
        (asking,) = self.stage.asking()
        self._batch([asking])
        self.stage.untag(asking)
        return self._counted([asking.event("UntagRole")])

    def _batch(self, askings: Sequence[Asking], keep_binding: bool = False) -> tuple[str, ...]:
        self.stage.clear(keep_binding=keep_binding)
        return self._counted([asking.event() for asking in askings])

    def _counted(self, events: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        records = [{"messageId": f"{number}", "body": json.dumps(event)} for number, event in enumerate(events)]
        mark = self.audit.mark()
        aws = self.child.ask({"program": "batch", "work": records})["aws"]
        sent = self.audit.sent(mark, controller_group(self.stage.lab.policy.installation))
        return Counted(Counter(sent), Counter(aws)).cells()
