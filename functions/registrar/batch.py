"""An SQS batch → one reconciliation → the records to retry. The one place where errors are mapped to SQS.

done          nothing: Lambda deletes the record
retry         its id is returned in ``batchItemFailures``: it becomes visible again
never retry   sent to the dead-letter queue with its reason by us, then done
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.batch import BasePartialBatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from registrar.errors import PoisonRecord, RegistrarError, Retry
from registrar.service import Outcome, Registrar, Settled
from registrar.sinks.dead_letters import DeadLetters


class OneWriteProcessor(BasePartialBatchProcessor):
    """Powertools' batch response over one reconciliation of all records, where Powertools works record by record.

    ``settled`` is what the batch came to, after it was processed.
    """

    def __init__(self, registrar: Registrar, dead_letters: DeadLetters | None) -> None:
        super().__init__(EventType.SQS, raise_on_entire_batch_failure=False)
        self.registrar = registrar
        self.dead_letters = dead_letters
        self.settled = Settled((), ())

    def process(self) -> list[tuple[Any, ...]]:
        """Settle all records at once, then report each."""
        records = [SQSRecord(record) for record in self.records]
        settled = settle_records(records, self.registrar)
        outcomes = tuple(self._buried(*pair) for pair in zip(records, settled.outcomes, strict=True))
        self.settled = Settled(outcomes, settled.results)
        return [self._report(*pair) for pair in zip(records, outcomes, strict=True)]

    def _process_record(self, record: dict[str, Any]) -> tuple[Any, ...]:
        raise NotImplementedError("records are settled together, in process()")

    async def _async_process_record(self, record: dict[str, Any]) -> tuple[Any, ...]:
        raise NotImplementedError("records are settled together, in process()")

    def _report(self, record: SQSRecord, outcome: Outcome) -> tuple[Any, ...]:
        if outcome.error is not None and outcome.retry:
            return tuple(self.failure_handler(record, (type(outcome.error), outcome.error, None)))
        return tuple(self.success_handler(record, outcome))

    def _buried(self, record: SQSRecord, outcome: Outcome) -> Outcome:
        """Send a never-retry record to the dead-letter queue. If that cannot be, it goes there by redrive: retry."""
        if outcome.error is None or outcome.retry:
            return outcome
        if self.dead_letters is None:
            unset = Retry(f"{outcome.error} (and no dead-letter queue is set: REGISTRAR_DLQ_URL)")
            return Outcome("failed", outcome.hint, unset)
        try:
            self.dead_letters.send(record.body, record.message_id, outcome.error)
        except Retry as error:
            return Outcome("failed", outcome.hint, Retry(f"{outcome.error} (and {error})"))
        return outcome


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
