"""The function of one network: its code, its version under an alias, and what feeds it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.layout import NetworkPart
from infra.partitions import SNAP_START
from infra.queues import Queues
from infra.signals import SERVICE
from registrar.limits import FUNCTION_SECONDS
from registrar.metrics import NAMESPACE

# An event takes a second. A sweep reads each access entry by itself: thousands of them take minutes.
TIMEOUT = cdk.Duration.seconds(FUNCTION_SECONDS)
# A quarter of it is used; Lambda gives processor time in proportion, and most of a cold start is imports.
MEMORY_MIB = 512
BATCH = 100
# Long enough that the calls of one `terraform apply` come together, short beside the seconds that CloudTrail takes.
WINDOW = cdk.Duration.seconds(2)
# Lambda's least. Correctness never depends on it: a write carries the version that was read.
MAX_CONCURRENCY = 2
HANDLER = "registrar.handler.handler"


class RegistrarFunction(Construct):
    """The function, reached by the alias ``live``.

    Old versions are not kept: a snapshot that nobody calls costs money.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        part: NetworkPart,
        partition: str,
        code: lambda_.Code,
        role: iam.IRole,
        queues: Queues,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=f"eks-registrar, network {part.name}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=HANDLER,
            code=code,
            role=role,
            timeout=TIMEOUT,
            memory_size=MEMORY_MIB,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if partition in SNAP_START else None,
            current_version_options=lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.DESTROY),
            environment=_environment(part.name, queues.dead_letters.queue_url),
        )
        acknowledge(
            self.function,
            {
                "AwsSolutions-L1": "The package holds wheels and .pyc files of just this minor version of Python",
                "@aws-cdk/aws-lambda:snapStartRequirePublish": "A version is published, under the alias live",
            },
        )
        if part.network:
            _place(self.function, part)
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version)
        self.alias.add_event_source(
            sources.SqsEventSource(
                queues.queue,
                batch_size=BATCH,
                max_batching_window=WINDOW,
                report_batch_item_failures=True,
                max_concurrency=MAX_CONCURRENCY,
            )
        )


def _environment(network: str, dead_letters: str) -> dict[str, str]:
    return {
        "REGISTRAR_NETWORK": network,
        "REGISTRAR_DLQ_URL": dead_letters,
        "POWERTOOLS_SERVICE_NAME": SERVICE,
        "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": "INFO",
        # What the handler answers names principals and their rights: that is the log's, not the trace's.
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
    }


def _place(function: lambda_.Function, part: NetworkPart) -> None:
    """Put the function into the subnets of a network, by their ids: looking them up would be a call at synth."""
    resource = function.node.default_child
    if part.network is None or not isinstance(resource, lambda_.CfnFunction):
        raise TypeError(f"{function.node.path} has no AWS::Lambda::Function to put into network {part.name}")
    resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=list(part.network.subnet_ids), security_group_ids=list(part.network.security_group_ids)
    )
