"""The rule that brings IAM's events into the queue of a network."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct, IDependable

from infra.event_pattern import event_pattern
from infra.queues import Queues

# EventBridge's longest. A late hint is as good as an early one: the truth is read when it arrives.
RETRY_ATTEMPTS = 185
MAX_EVENT_AGE = cdk.Duration.hours(24)


class HubBus(Construct):
    """The bus of a hub to which IAM's events are forwarded.

    A bus of our own, so that other rules of the region do not see IAM's events a second time. It needs no resource
    policy: the forwarder's role is of the same account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=name, description="IAM's events from their home region, for eks-registrar"
        )
        # The name as a text and not as a Ref, which stand-ins for AWS do not resolve in rules.
        self.named = events.EventBus.from_event_bus_name(self, "Named", name)


class IamEventsRule(Construct):
    """IAM's events of one account → the queue; what cannot be delivered → the dead-letter queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, account: str, queues: Queues, bus: HubBus | None
    ) -> None:
        super().__init__(scope, construct_id)
        pattern = event_pattern([account])
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=name,
            description="Something changed about an IAM role: a hint for eks-registrar where to look again",
            event_bus=bus.named if bus else None,
            event_pattern=events.EventPattern(
                source=pattern["source"],
                detail_type=pattern["detail-type"],
                account=pattern["account"],
                detail=pattern["detail"],
            ),
            targets=[
                targets.SqsQueue(
                    queues.queue,
                    dead_letter_queue=queues.dead_letters,
                    retry_attempts=RETRY_ATTEMPTS,
                    max_event_age=MAX_EVENT_AGE,
                )
            ],
        )
        if bus:
            _after(self.rule, bus.bus)


def _after(rule: events.Rule, what: IDependable) -> None:
    rule.node.add_dependency(what)
