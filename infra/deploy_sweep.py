"""A sweep at the end of each deploy that changes the function."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources
from constructs import Construct

from infra.feed import Feed
from infra.sweep_schedule import sweep_of

LOGS_KEPT = logs.RetentionDays.ONE_WEEK


class DeploySweep(Construct):
    """Puts the messages of the schedules on the queues, after everything of the feeds is there.

    The provider is CDK's own and not the registrar's function: that one may stand in a VPC without a way to the S3
    bucket where CloudFormation waits for the answer. It works again when the function's published version is another,
    so after a change of the code, of registrar.yaml or of the function's settings.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, feeds: Sequence[Feed]) -> None:
        super().__init__(scope, construct_id)
        self._log = logs.LogGroup(self, "Log", retention=LOGS_KEPT, removal_policy=cdk.RemovalPolicy.DESTROY)
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="eks-registrar: asks for a sweep after a deployment",
        )
        self._log.grant_write(self._role)
        for feed in feeds:
            feed.queues.queue.grant(self._role, "sqs:SendMessage")
        for feed in feeds:
            for account in feed.part.accounts:
                self._ask(feed, account).node.add_dependency(self._role, *feeds)

    def _ask(self, feed: Feed, account: str) -> custom_resources.AwsCustomResource:
        network = feed.part.name
        call = custom_resources.AwsSdkCall(
            service="SQS",
            action="sendMessage",
            parameters={
                "QueueUrl": feed.queues.queue.queue_url,
                "MessageBody": sweep_of(account),
                "MessageAttributes": {
                    "deployedVersion": {"DataType": "String", "StringValue": feed.function.alias.version.version}
                },
            },
            physical_resource_id=custom_resources.PhysicalResourceId.of(f"sweep-{network}-{account}"),
        )
        return custom_resources.AwsCustomResource(
            self,
            f"Network-{network}-{account}",
            on_create=call,
            on_update=call,
            install_latest_aws_sdk=False,
            role=self._role,
            log_group=self._log,
        )
