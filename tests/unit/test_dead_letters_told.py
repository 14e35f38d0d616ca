"""What a batch is said to have come to, where a record could not even be sent to the dead-letter queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response

from registrar.batch import OneWriteProcessor
from registrar.errors import PoisonRecord, RegistrarError, Throttled
from registrar.report import lines
from registrar.sinks.dead_letters import DeadLetters
from tests.unit.memory import world
from tests.unit.test_batch import Returned


@dataclass
class Closed:
    """A dead-letter queue that takes nothing."""

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:  # noqa: ARG002 - the signature is that of DeadLetters
        """Refuse."""
        raise Throttled("sqs:SendMessage to the dead-letter queue: AWS answered RequestThrottled")

    def delete_from_before(self, moment: datetime) -> int:
        """Refuse."""
        raise Throttled(f"sqs:DeleteMessage of what was there at {moment}: AWS answered RequestThrottled")


def settled(dead_letters: DeadLetters | None) -> tuple[dict[str, Any], OneWriteProcessor]:
    """A batch of one poison record."""
    processor = OneWriteProcessor(world().registrar(), dead_letters, Returned())
    attributes = {"ApproximateReceiveCount": "1"}
    attributes = {"ApproximateReceiveCount": "1"}
    record = {"messageId": "m1", "body": "no JSON", "eventSource": "aws:sqs", "attributes": attributes}
    answer = process_partial_response(event={"Records": [record]}, record_handler=lambda _: None, processor=processor)
    return dict(answer), processor


def test_a_record_that_could_not_be_buried_is_told_as_returning() -> None:
    """The log and the metrics say what really became of it, with both reasons."""
    answer, processor = settled(Closed())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    (outcome,) = processor.settled.outcomes
    assert outcome.retry
    (line,) = lines(processor.settled)
    assert line.message.startswith("event returns to the queue: record m1: its body is no JSON")
    assert "RequestThrottled" in line.message


def test_without_a_dead_letter_queue_the_record_is_told_as_returning() -> None:
    """It goes there by redrive in the end; nobody is told that it is there already."""
    _, processor = settled(None)
    (outcome,) = processor.settled.outcomes
    assert outcome.retry
    assert not isinstance(outcome.error, PoisonRecord)
    assert "REGISTRAR_DLQ_URL" in str(outcome.error)
