"""The dead-letter queue: where the function itself puts a record that no retry will mend, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from registrar.eks.aws_errors import told_as_ours
from registrar.errors import RegistrarError

# SQS API reference, MessageAttributeValue: a StringValue may hold these characters and no others.
_MOST_REASON = 2_000
LOOKED_AT_SECONDS = 5


class DeadLetters(Protocol):
    """Where never-retry records go."""

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:
        """Keep a record and the reason. Raises a ``Retry`` error if it could not be kept."""

    def delete_from_before(self, moment: datetime) -> int:
        """Delete what has been here since before a moment; returns how many. Raises a ``Retry`` error."""


@dataclass(frozen=True)
class SqsDeadLetters:
    """A real dead-letter queue."""

    client: Any
    url: str

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:
        """Send the body as it came, with ``reason``, ``error`` and ``messageId`` as attributes."""
        attributes = {
            "reason": _printable(str(error)),
            "error": type(error).__name__,
            "messageId": message_id or "none",
        }
        with told_as_ours(f"record {message_id}: sqs:SendMessage to the dead-letter queue; it stays in the queue"):
            sent = self.client.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageAttributes={k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()},
            )
            _ = sent["MessageId"]  # an answer without it is no answer of SQS

    def delete_from_before(self, moment: datetime) -> int:
        """Delete what was sent before a moment, in batches of ten, until a batch holds nothing of that.

        A letter that is only looked at is hidden for some seconds from others, and then there again.
        """
        deleted = 0
        with told_as_ours(f"dead letters from before {moment:%H:%M:%S} stay, although a sweep has settled them"):
            while old := [m for m in self._receive() if _sent(m) < moment]:
                entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(old)]
                failed = self.client.delete_message_batch(QueueUrl=self.url, Entries=entries).get("Failed", ())
                deleted += len(entries) - len(failed)
                if failed:
                    break
        return deleted

    def _receive(self) -> list[dict[str, Any]]:
        found = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["SentTimestamp"],
            VisibilityTimeout=LOOKED_AT_SECONDS,
        )
        return list(found.get("Messages", ()))


def _sent(message: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)


def _printable(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown[:_MOST_REASON] or "none"
