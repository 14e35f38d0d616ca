"""The schedule of the sweep: EventBridge Scheduler puts a request for each account on the queue of a network."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.layout import NetworkPart
from infra.names import Names
from infra.queues import Queues
from registrar.requests import SWEEP

EVERY = cdk.Duration.minutes(15)
# So that the sweeps of many networks and installations do not ask IAM all at once.
JITTER = cdk.Duration.minutes(5)


def sweep_of(account: str) -> str:
    """The body of a message that asks for the sweep of an account: ``registrar.requests`` reads it."""
    return json.dumps({"registrar": SWEEP, "account": account, "planHash": None})


class SweepSchedule(Construct):
    """One schedule for each account whose roles can have anything in the network's clusters.

    A sweep that cannot be asked for is not asked for again once the next one is due; it goes to the dead-letter queue,
    so that somebody hears of it. EventBridge Scheduler is in all partitions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        part: NetworkPart,
        names: Names,
        account: str,
        queues: Queues,
    ) -> None:
        super().__init__(scope, construct_id)
        self._network = part.name
        self._names = names
        self._queues = queues
        self._group = scheduler.ScheduleGroup(
            self,
            "Group",
            schedule_group_name=names.schedules(part.name),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self._role = self._role_of_the_group(account)
        self.schedules = [self._schedule(swept) for swept in part.accounts]

    def _role_of_the_group(self, account: str) -> iam.Role:
        """The role in whose name messages are put on the queue: only for schedules of this group.

        Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        """
        source = {"aws:SourceAccount": account, "aws:SourceArn": self._group.schedule_group_arn}
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions={"StringEquals": source}),
            description=f"eks-registrar: asks for the sweeps of network {self._network}",
        )

    def _schedule(self, swept: str) -> scheduler.Schedule:
        return scheduler.Schedule(
            self,
            f"Account-{swept}",
            schedule_name=self._names.sweep(self._network, swept),
            description=f"eks-registrar, network {self._network}: asks for the sweep of account {swept}",
            schedule=scheduler.ScheduleExpression.rate(EVERY),
            time_window=scheduler.TimeWindow.flexible(JITTER),
            schedule_group=self._group,
            target=targets.SqsSendMessage(
                self._queues.queue,
                input=scheduler.ScheduleTargetInput.from_text(sweep_of(swept)),
                role=self._role,
                dead_letter_queue=self._queues.dead_letters,
                max_event_age=EVERY,
            ),
        )
