"""When a record that is to be tried again becomes visible: sooner than the queue's time-out, later each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from registrar.eks.aws_errors import told_as_ours


class Returns(Protocol):
    """Where a record goes back to."""

    def after(self, record: SQSRecord, seconds: int) -> None:
        """Let the record be visible again after so many seconds. Raises a ``Retry`` error if that cannot be said."""


@dataclass(frozen=True)
class SqsReturns:
    """The queue that a record came from, found by the ARN in the record."""

    client: Any
    _urls: dict[str, str] = field(default_factory=dict)

    def after(self, record: SQSRecord, seconds: int) -> None:
        """Change the record's visibility time-out.

        SQS counts it from now; one that was changed stays changed when Lambda reports the record as failed
        (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html).
        """
        what = f"record {record.message_id}: sqs:ChangeMessageVisibility; it returns after the queue's own time-out"
        with told_as_ours(what):
            self.client.change_message_visibility(
                QueueUrl=self._url(record.event_source_arn),
                ReceiptHandle=record.receipt_handle,
                VisibilityTimeout=seconds,
            )

    def _url(self, arn: str) -> str:
        if arn not in self._urls:
            *_, account, name = arn.split(":")
            found = self.client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
            self._urls[arn] = found["QueueUrl"]
        return self._urls[arn]
