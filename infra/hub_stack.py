"""The stack of a hub: what stands in a region beside its clusters. It only composes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import alarms
from infra.access_entry_rights import AccessEntryRights as Rights
from infra.alarm_topic import AlarmTopic
from infra.alarms import Alarms, AlarmText
from infra.dashboard import HubDashboard
from infra.deploy_sweep import DeploySweep
from infra.feed import Feed
from infra.iam_events import HubBus
from infra.layout import Hub
from infra.names import Names
from infra.outputs import hub_outputs
from infra.rights import AccessEntryRights
from infra.sweep_alarms import of_sweeps
from registrar.policy import Policy


class HubStack(cdk.Stack):
    """One feed for each network, alarms for queues, functions and clusters, a dashboard, a sweep after each deploy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hub: Hub,
        names: Names,
        policy: Policy,
        code: lambda_.Code,
        alarm_mail: str | None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=names.hub_stack,
            description=f"eks-registrar: IAM tags to the access of the EKS clusters of {hub.region}",
            env=cdk.Environment(account=hub.account, region=hub.region),
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
            analytics_reporting=False,
        )
        bus = HubBus(self, "Bus", name=names.bus) if hub.forwarded else None
        feeds = [
            Feed(self, f"Network-{part.name}", hub=hub, part=part, names=names, code=code, bus=bus)
            for part in hub.parts
        ]
        for feed in feeds:
            _allow_access_entries(feed, hub, names, policy)
        made = self._alarms(hub, names, feeds, alarm_mail)
        HubDashboard(self, "OnCall", name=names.hub_stack, hub=hub, feeds=feeds, alarms=made)
        hub_outputs(self, hub, feeds, dashboard=names.hub_stack)
        DeploySweep(self, "DeploySweep", feeds=feeds)

    def _alarms(self, hub: Hub, names: Names, feeds: Sequence[Feed], mail: str | None) -> list[cloudwatch.Alarm]:
        topic = AlarmTopic(self, "AlarmTopic", account=hub.account, mail=mail)
        return [
            alarm
            for subject, texts in _subjects(hub, feeds)
            for alarm in Alarms(
                self, f"Alarms of {subject}", subject=f"{names.installation}, {subject}", texts=texts, topic=topic
            ).alarms
        ]


def _allow_access_entries(feed: Feed, hub: Hub, names: Names, policy: Policy) -> None:
    # Written out: the deny on the role's own entry needs the ARN as a text.
    role_arn = f"arn:{hub.partition}:iam::{hub.account}:role/{names.role(feed.part.name)}"
    rights = Rights.of(policy, feed.part.clusters, partition=hub.partition, role_arn=role_arn)
    AccessEntryRights(feed, "AccessEntries", rights=rights, role=feed.role)


def _subjects(hub: Hub, feeds: Sequence[Feed]) -> Iterator[tuple[str, list[AlarmText]]]:
    yield "all networks", alarms.of_records(hub.installation)
    for feed in feeds:
        dead_letters = alarms.of_dead_letters(feed.dead_letters_name)
        rest = [*alarms.of_queue(feed.queue_name), *alarms.of_function(feed.function_name)]
        yield f"network {feed.part.name}", [dead_letters, *rest]
    for cluster in hub.clusters:
        yield (
            f"cluster {cluster.tag}",
            [
                *alarms.of_cluster(cluster, hub.installation),
                *of_sweeps(cluster, hub.installation),
            ],
        )
