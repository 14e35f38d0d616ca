"""The outputs of a hub's stack: what a person, and `eks-registrar doctor`, want to know of it."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk

from infra.feed import Feed
from infra.layout import Hub


def hub_outputs(stack: cdk.Stack, hub: Hub, feeds: Sequence[Feed], *, dashboard: str) -> None:
    """The clusters as ``tag=name``, the accounts, and for each network its function, its queues and its log."""
    clusters = ",".join(f"{cluster.tag}={cluster.name}" for cluster in hub.clusters)
    _output(stack, "Clusters", clusters, "The clusters of this stack, tag=name")
    _output(stack, "Accounts", ",".join(dict.fromkeys(c.account for c in hub.clusters)), "The accounts of its clusters")
    _output(stack, "Dashboard", dashboard, "The name of the CloudWatch dashboard")
    _output(
        stack,
        "Manifests",
        "eks-registrar manifests --cluster TAG | kubectl apply -f -",
        "For each cluster, as its admin: the rights of the registrar in the cluster",
    )
    for feed in feeds:
        _feed_outputs(feed)


def _feed_outputs(feed: Feed) -> None:
    network = feed.part.name
    _output(feed, "FunctionName", feed.function.function.function_name, f"Network {network}: the function")
    _output(feed, "RoleArn", feed.role.role_arn, f"Network {network}: the function's role")
    _output(feed, "QueueUrl", feed.queues.queue.queue_url, f"Network {network}: the queue")
    _output(feed, "DeadLettersUrl", feed.queues.dead_letters.queue_url, f"Network {network}: the dead-letter queue")
    _output(feed, "LogGroup", feed.log_group.log_group_name, f"Network {network}: the log")
    _output(
        feed,
        "Redrive",
        f"aws sqs start-message-move-task --source-arn {feed.queues.dead_letters.queue_arn}"
        f" --destination-arn {feed.queues.queue.queue_arn}",
        f"Network {network}: moves dead letters back to the queue, once their cause is mended",
    )


def _output(scope: cdk.Stack | Feed, name: str, value: str, description: str) -> None:
    cdk.CfnOutput(scope, name, value=value, description=description)
