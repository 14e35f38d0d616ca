"""The function's queue and its dead-letter queue, real ones: what goes in, and what became of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fault import End

from lab.aws import batch
from lab.local_eks import LocalEks

_ATTRIBUTES = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"], "MaxNumberOfMessages": 10}


@dataclass(frozen=True)
class Batch:
    """Records as Lambda hands them to the function.

    Attributes:
        event: the invocation's event.
        names: of the records, by message id.

    """

    event: Mapping[str, Any]
    names: Mapping[str, str]


@dataclass
class Post:
    """The two queues."""

    sqs: Any
    url: str
    arn: str
    dead_letter_url: str
    _handles: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, lab: LocalEks) -> Post:
        """Make them."""
        sqs = lab.aws.client("sqs")
        url, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("faults", "faults-dlq"))
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return cls(sqs, url, arn, dead)

    def batch(self, bodies: Mapping[str, Any]) -> Batch:
        """Send bodies to the queue and receive them; they are known by the names that they are given here."""
        entries = [{"Id": name, "MessageBody": json.dumps(body)} for name, body in bodies.items()]
        sent = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)["Successful"]
        messages = self.sqs.receive_message(QueueUrl=self.url, **_ATTRIBUTES)["Messages"]
        names = {one["MessageId"]: one["Id"] for one in sent}
        assert {message["MessageId"] for message in messages} == set(names), "a message of before is still here"
        self._handles += [message["ReceiptHandle"] for message in messages]
        return Batch(batch.records(messages, self.arn), names)

    def told(self, bodies: Mapping[str, Any]) -> Batch:
        """The same without the queue, for what nothing will go wrong with: such records are not there to return to."""
        names = {str(uuid.uuid4()): name for name in bodies}
        messages = [_message(one, json.dumps(bodies[name])) for one, name in names.items()]
        return Batch(batch.records(messages, self.arn), names)

    def ends(self, sent: Batch, answer: Any) -> dict[str, End]:
        """What became of each record, by the function's answer and by what lies in the dead-letter queue.

        The messages are gone afterwards.
        """
        returned = batch.failed_ids(json.dumps(answer).encode(), list(sent.names))
        buried = self._dead_letters()
        self._delete(self.url, self._handles)
        self._handles.clear()
        told = {(False, False): End.DONE, (True, False): End.RETRY, (False, True): End.DEAD, (True, True): End.BOTH}
        return {name: told[one in returned, one in buried] for one, name in sent.names.items()}

    def empty(self) -> None:
        """Take everything out of both queues, whatever became of it."""
        self._delete(self.url, self._handles)
        self._handles.clear()
        self._dead_letters()

    def _dead_letters(self) -> list[str]:
        """The message ids that the dead letters tell of; they are taken out."""
        found: list[str] = []
        while letters := self.sqs.receive_message(QueueUrl=self.dead_letter_url, **_ATTRIBUTES).get("Messages", []):
            found += [letter["MessageAttributes"]["messageId"]["StringValue"] for letter in letters]
            self._delete(self.dead_letter_url, [letter["ReceiptHandle"] for letter in letters])
        return found

    def _delete(self, url: str, handles: Sequence[str]) -> None:
        entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
        if entries:
            self.sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _message(message_id: str, body: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {"MessageId": message_id, "ReceiptHandle": "none", "Body": body, "MD5OfBody": "", "Attributes": attributes}
