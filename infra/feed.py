"""Everything that one network needs: rule and schedule → queue → function, its role, its way into each cluster."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cluster_access import ClusterAccess
from infra.function import TIMEOUT, RegistrarFunction
from infra.iam_events import HubBus, IamEventsRule
from infra.layout import Hub, NetworkPart
from infra.names import Names
from infra.queues import Queues
from infra.rights import RegistrarRole
from infra.sweep_schedule import SweepSchedule
from infra.vpc_rights import VpcRights

LOGS_KEPT = logs.RetentionDays.THREE_MONTHS


class Feed(Construct):
    """One network of a hub."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hub: Hub,
        part: NetworkPart,
        names: Names,
        code: lambda_.Code,
        bus: HubBus | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.part = part
        self.function_name = names.function(part.name)
        self.queue_name = names.queue(part.name)
        self.dead_letters_name = names.dead_letters(part.name)
        self.queues = Queues(
            self, "Queues", name=self.queue_name, dead_letters=self.dead_letters_name, function_timeout=TIMEOUT
        )
        # Who got which access when: kept when the stack goes.
        self.log_group = logs.LogGroup(self, "Log", retention=LOGS_KEPT, removal_policy=cdk.RemovalPolicy.RETAIN)
        self.role = RegistrarRole(
            self,
            "Rights",
            name=names.role(part.name),
            partition=hub.partition,
            clusters=part.clusters,
            queues=self.queues,
            log_group=self.log_group,
        ).role
        self.function = RegistrarFunction(
            self,
            "Function",
            name=self.function_name,
            part=part,
            partition=hub.partition,
            code=code,
            role=self.role,
            queues=self.queues,
            log_group=self.log_group,
        )
        if part.network:
            self._allow_vpc(hub)
        IamEventsRule(self, "IamEvents", name=names.rule(part.name), account=hub.account, queues=self.queues, bus=bus)
        SweepSchedule(self, "Sweep", part=part, names=names, account=hub.account, queues=self.queues)
        for cluster in part.clusters:
            ClusterAccess(
                self,
                f"Access-{cluster.tag}",
                cluster=cluster,
                installation=names.installation,
                role_arn=self.role.role_arn,
            )

    def _allow_vpc(self, hub: Hub) -> None:
        arn = f"arn:{hub.partition}:lambda:{hub.region}:{hub.account}:function:{self.function_name}"
        rights = VpcRights(self, "VpcRights", role=self.role, function_arn=arn)
        # Lambda checks them when it makes the function.
        self.function.function.node.add_dependency(rights)
