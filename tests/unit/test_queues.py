"""The two queues, against moto's SQS: when a record comes back, and which dead letters a complete sweep deletes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from moto import mock_aws

from registrar.errors import PoisonRecord, Unreachable
from registrar.sinks.dead_letters import SqsDeadLetters
from registrar.sinks.returns import SqsReturns

SOON = timedelta(minutes=1)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An SQS of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("sqs", region_name="eu-west-1")


def received(sqs: Any, url: str) -> SQSRecord:
    """A message as Lambda hands it to the function."""
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return SQSRecord(
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "eventSourceARN": arn,
            "attributes": message["Attributes"],
        }
    )


def test_a_record_is_seen_again_after_the_time_that_was_said(sqs: Any) -> None:
    """Not after the queue's own time-out, which is six minutes."""
    url = sqs.create_queue(QueueName="hints", Attributes={"VisibilityTimeout": "360"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    record = received(sqs, url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    SqsReturns(sqs).after(record, 0)
    assert received(sqs, url).attributes.approximate_receive_count == "2"


def test_a_record_of_a_queue_that_is_gone_is_told(sqs: Any) -> None:
    """The message says that it returns all the same."""
    record = SQSRecord({"messageId": "m1", "receiptHandle": "x", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:gone"})
    with pytest.raises(Unreachable, match="record m1: sqs:ChangeMessageVisibility; it returns after the queue's own"):
        SqsReturns(sqs).after(record, 5)


@pytest.fixture
def letters(sqs: Any) -> SqsDeadLetters:
    """A dead-letter queue with twelve letters."""
    found = SqsDeadLetters(sqs, sqs.create_queue(QueueName="dead")["QueueUrl"])
    for number in range(12):
        found.send(f"letter {number}", f"m{number}", PoisonRecord("no event"))
    return found


def left(letters: SqsDeadLetters) -> int:
    """How many letters are in the queue, seen or hidden."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = letters.client.get_queue_attributes(QueueUrl=letters.url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def test_what_was_there_before_a_complete_sweep_goes(letters: SqsDeadLetters) -> None:
    """More than one batch of it."""
    assert letters.delete_from_before(datetime.now(UTC) + SOON) == 12
    assert left(letters) == 0


def test_what_came_since_stays(letters: SqsDeadLetters) -> None:
    """The sweep may have passed by before it."""
    assert letters.delete_from_before(datetime.now(UTC) - SOON) == 0
    assert left(letters) == 12
