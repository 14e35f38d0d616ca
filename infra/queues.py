"""The queue of hints and its dead-letter queue."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

KEPT_DEAD = cdk.Duration.days(14)  # the longest that SQS keeps anything
KEPT = cdk.Duration.days(4)
# What IAM does not show two minutes after the event is believed: the sixth try does, 155 s after the first (batch.py,
# pause_before_try). Two more are for a cluster that is away for a while: 11 minutes in all. With fewer than five even a
# batch that is cut back by throttling would lose records to the dead-letter queue:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
TRIES = 8


class Queues(Construct):
    """A standard queue that hands its unworkable records to a dead-letter queue.

    Both are encrypted by SQS itself: with the key ``alias/aws/sqs`` EventBridge could not deliver. Both take TLS only.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, dead_letters: str, function_timeout: cdk.Duration
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letter_queue(self, "DeadLetters", dead_letters)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
            # Six timeouts: a record that is being worked on, and was throttled meanwhile, must not appear again.
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
            visibility_timeout=cdk.Duration.seconds(6 * function_timeout.to_seconds()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=TRIES),
        )


def dead_letter_queue(scope: Construct, construct_id: str, name: str) -> sqs.Queue:
    """A queue for what could not be delivered or worked on; it keeps it as long as SQS can."""
    return sqs.Queue(
        scope,
        construct_id,
        queue_name=name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=KEPT_DEAD,
    )
