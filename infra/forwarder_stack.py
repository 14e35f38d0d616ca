"""The stack in IAM's home region: it sends IAM's events to the buses of the hubs elsewhere."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import alarms
from infra.acknowledged import acknowledge
from infra.alarm_topic import AlarmTopic
from infra.alarms import Alarms
from infra.event_pattern import event_pattern
from infra.iam_events import MAX_EVENT_AGE, RETRY_ATTEMPTS
from infra.layout import Hub, Layout
from infra.names import Names, forwarder_stack
from infra.queues import dead_letter_queue


class ForwarderStack(cdk.Stack):
    """A rule for each hub. One hop only: what arrives at a hub's bus cannot be forwarded again.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, layout: Layout, installation: str, alarm_mail: str | None
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=forwarder_stack(installation),
            description=f"eks-registrar: forwards IAM's events from {layout.home} to the hubs",
            env=cdk.Environment(account=layout.account, region=layout.home),
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
            analytics_reporting=False,
        )
        names = Names(installation, layout.home)
        Forwarding(self, "Forwarding", layout=layout, installation=installation)
        Alarms(
            self,
            "Alarms",
            subject=f"{installation}, forwarder",
            texts=[alarms.of_forwarder(names.forwarder_dead_letters)],
            topic=AlarmTopic(self, "AlarmTopic", account=layout.account, mail=alarm_mail),
        )
        hubs = ",".join(hub.region for hub in layout.forwarded)
        cdk.CfnOutput(self, "Hubs", value=hubs, description="The regions to which IAM's events are forwarded")


class Forwarding(Construct):
    """The rules, the role in whose name EventBridge puts events on the hubs' buses, and the dead-letter queue."""

    def __init__(self, scope: Construct, construct_id: str, *, layout: Layout, installation: str) -> None:
        super().__init__(scope, construct_id)
        self._names = Names(installation, layout.home)
        self.dead_letters = dead_letter_queue(self, "DeadLetters", self._names.forwarder_dead_letters)
        acknowledge(
            self.dead_letters,
            {"AwsSolutions-SQS3": "It is a dead-letter queue itself, of rules and not of another queue"},
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
            description="eks-registrar: puts IAM's events on the buses of the hubs",
        )
        buses = {hub.region: _bus_arn(hub, installation) for hub in layout.forwarded}
        self.role.add_to_policy(
            iam.PolicyStatement(sid="Forward", actions=["events:PutEvents"], resources=list(buses.values()))
        )
        rules = [self._rule(hub, buses[hub.region]) for hub in layout.forwarded]
        self.dead_letters.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DeadLettersOfTheRules",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.dead_letters.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": [rule.attr_arn for rule in rules]}},
            )
        )

    def _rule(self, hub: Hub, bus_arn: str) -> events.CfnRule:
        # Not CDK's higher construct: its target "event bus" takes no retry policy.
        return events.CfnRule(
            self,
            f"Rule-{hub.region}",
            name=self._names.forwarding_rule(hub.region),
            description=f"Forwards IAM's events to eks-registrar in {hub.region}",
            event_pattern=event_pattern([hub.account]),
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Hub",
                    arn=bus_arn,
                    role_arn=self.role.role_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=MAX_EVENT_AGE.to_seconds(),
                        maximum_retry_attempts=RETRY_ATTEMPTS,
                    ),
                )
            ],
        )


def _bus_arn(hub: Hub, installation: str) -> str:
    bus = Names(installation, hub.region).bus
    return f"arn:{hub.partition}:events:{hub.region}:{hub.account}:event-bus/{bus}"
