"""The dead-letter queue: where the function itself puts a record that no retry will mend, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from registrar.eks.aws_errors import told_as_ours
from registrar.errors import RegistrarError

# SQS API reference, MessageAttributeValue: a StringValue may hold these characters and no others.
_MOST_REASON = 2_000


class DeadLetters(Protocol):
    """Where never-retry records go."""

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:
        """Keep a record and the reason. Raises a ``Retry`` error if it could not be kept."""


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
            self.client.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageAttributes={k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()},
            )


def _printable(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown[:_MOST_REASON] or "none"
