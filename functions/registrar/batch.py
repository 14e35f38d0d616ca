"""An SQS batch → one reconciliation → the records to retry. The one place where errors are mapped to SQS.

done          nothing: Lambda deletes the record
retry         its id is returned in ``batchItemFailures``: it becomes visible again, later each time
never retry   sent to the dead-letter queue with its reason by us, then done

A complete sweep has done whatever the dead letters from before its start were about: they are deleted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import BasePartialBatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from registrar.errors import PoisonRecord, RegistrarError, Retry
from registrar.limits import run_for
from registrar.service import Outcome, Registrar, Settled
from registrar.sinks.dead_letters import DeadLetters
from registrar.sinks.returns import Returns

FIRST_PAUSE, LONGEST_PAUSE = 5, 160
SECONDS_FOR_RECORDS = 10


class OneWriteProcessor(BasePartialBatchProcessor):
    """Powertools' batch response over one reconciliation of all records, where Powertools works record by record.

    ``settled`` is what the batch came to, after it was processed; ``warnings`` are what could not be done beside it.
    """

    def __init__(
        self, registrar: Registrar, dead_letters: DeadLetters | None, returns: Returns, seconds: float = math.inf
    ) -> None:
        super().__init__(EventType.SQS, raise_on_entire_batch_failure=False)
        self.seconds = seconds
        self.registrar = registrar
        self.dead_letters = dead_letters
        self.returns = returns
        self.settled = Settled((), ())
        self.warnings: list[str] = []

    def process(self) -> list[tuple[Any, ...]]:
        """Settle all records at once, then report each."""
        records = [SQSRecord(record) for record in self.records]
        with run_for(self.seconds):
            settled = settle_records(records, self.registrar)
        with run_for(SECONDS_FOR_RECORDS):
            outcomes = tuple(self._buried(*pair) for pair in zip(records, settled.outcomes, strict=True))
            self.settled = Settled(outcomes, settled.results)
            reports = [self._report(*pair) for pair in zip(records, outcomes, strict=True)]
            self._settle_dead_letters([r for r, o in zip(records, outcomes, strict=True) if o.complete])
        return reports

    def _process_record(self, record: dict[str, Any]) -> tuple[Any, ...]:
        raise NotImplementedError("records are settled together, in process()")

    async def _async_process_record(self, record: dict[str, Any]) -> tuple[Any, ...]:
        raise NotImplementedError("records are settled together, in process()")

    def _report(self, record: SQSRecord, outcome: Outcome) -> tuple[Any, ...]:
        if outcome.error is not None and outcome.retry:
            self._return_later(record)
            return tuple(self.failure_handler(record, (type(outcome.error), outcome.error, None)))
        return tuple(self.success_handler(record, outcome))

    def _buried(self, record: SQSRecord, outcome: Outcome) -> Outcome:
        """Send a never-retry record to the dead-letter queue. If that cannot be, it goes there by redrive: retry."""
        if outcome.error is None or outcome.retry:
            return outcome
        if self.dead_letters is None:
            unset = Retry(f"{outcome.error} (and no dead-letter queue is set: REGISTRAR_DLQ_URL)")
            return replace(outcome, error=unset)
        try:
            self.dead_letters.send(record.body, record.message_id, outcome.error)
        except Retry as error:
            return replace(outcome, error=Retry(f"{outcome.error} (and {error})"))
        return outcome

    def _return_later(self, record: SQSRecord) -> None:
        """Let the record be seen again after a while that grows with its tries; else after the queue's time-out."""
        if self.warnings:
            return  # the queue did not take the one before: for a hundred records there would be no time
        tries = int((record.get("attributes") or {}).get("ApproximateReceiveCount", "1"))
        try:
            self.returns.after(record, pause_before_try(tries + 1))
        except Retry as error:
            self.warnings.append(str(error))

    def _settle_dead_letters(self, sweeps: Sequence[SQSRecord]) -> None:
        """Delete what was dead before the sweeps were even asked for, by the clock of SQS."""
        asked = [int(sent) for record in sweeps if (sent := (record.get("attributes") or {}).get("SentTimestamp"))]
        if self.dead_letters is None or not asked:
            return
        try:
            self.dead_letters.delete_from_before(datetime.fromtimestamp(min(asked) / 1000, UTC))
        except Retry as error:
            self.warnings.append(str(error))


def pause_before_try(number: int) -> int:
    """The seconds before a record is tried for the ``number``-th time: 5, 10, 20, 40, 80, then 160 each.

    The first five tries are over after 75 s, so that what IAM shows late is settled soon; the sixth finds an event that
    is older than the two minutes after which IAM is believed.
    """
    doublings = min(max(0, number - 2), 10)
    return min(LONGEST_PAUSE, FIRST_PAUSE << doublings)


def settle_records(records: Sequence[SQSRecord], registrar: Registrar) -> Settled:
    """Settle the readable bodies in one go; an unreadable one is poison and hinders no other."""
    bodies = [_body(record) for record in records]
    readable = [body for body in bodies if not isinstance(body, PoisonRecord)]
    settled = registrar.settle(readable)
    rest = iter(settled.outcomes)
    outcomes = [Outcome("not readable", error=b) if isinstance(b, RegistrarError) else next(rest) for b in bodies]
    return Settled(tuple(outcomes), settled.results)


def _body(record: SQSRecord) -> object:
    try:
        return json.loads(record.get("body") or "")
    except (ValueError, RecursionError) as error:
        return PoisonRecord(f"record {record.message_id}: its body is no JSON: {error}")
