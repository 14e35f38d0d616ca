"""The way of an event from EventBridge to the function's queue, made by ordinary API calls."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.event_pattern import event_pattern

_NAME = "eks-registrar"


@dataclass(frozen=True)
class Queues:
    """The function's queue and its dead-letter queue."""

    url: str
    arn: str
    dead_letter_url: str


def create_queues(sqs: Any, visibility_timeout_s: int, max_receive_count: int) -> Queues:
    """A standard queue with a redrive policy, and the dead-letter queue it leads to."""
    dead_letter_url = sqs.create_queue(QueueName=f"{_NAME}-dlq")["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, dead_letter_url), "maxReceiveCount": max_receive_count}
    attributes = {"VisibilityTimeout": str(visibility_timeout_s), "RedrivePolicy": json.dumps(redrive)}
    url = sqs.create_queue(QueueName=_NAME, Attributes=attributes)["QueueUrl"]
    return Queues(url, _arn(sqs, url), dead_letter_url)


def create_rule(events: Any, accounts: Sequence[str], queue_arn: str) -> None:
    """The rule on the default bus that sends the events of role changes to the queue."""
    events.put_rule(Name=_NAME, EventPattern=json.dumps(event_pattern(accounts)))
    events.put_targets(Rule=_NAME, Targets=[{"Id": "queue", "Arn": queue_arn}])


def _arn(sqs: Any, url: str) -> str:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return str(attributes["QueueArn"])
