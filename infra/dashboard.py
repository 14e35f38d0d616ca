"""The dashboard for a person on call: does it work, what did it do, what was refused, what does it cost."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra import signals
from infra.alarms import AWS_AUTH_WARNING_BYTES
from infra.feed import Feed
from infra.layout import Hub
from infra.sweep_widgets import of_entries, of_sweeps
from infra.widgets import FULL, HALF, graph, per_cluster
from registrar.held import MOST_BYTES
from registrar.metrics import Metric

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
_MOST_ALARMS = 100
_RECENT_TROUBLE = (
    "fields @timestamp, level, cluster, principal, verdict, error, message",
    'filter level in ["WARNING", "ERROR"]',
    "sort @timestamp desc",
    "limit 50",
)


class HubDashboard(Construct):
    """One dashboard for a hub, read from top to bottom as one would search for a fault."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, hub: Hub, feeds: Sequence[Feed],
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:  # fmt: skip
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            widgets=[
                [_head(hub), *_states(alarms)],
                [_lag(hub), _what_was_done(hub)],
                [_what_was_not(hub), _records(hub)],
                of_sweeps(hub),
                of_entries(hub),
                [_queues(feeds), _ages(feeds), _dead_letters(feeds)],
                [_durations(feeds), _faults(feeds), _aws_auth(hub)],
                [_trouble(feeds)],
                [_invocations(feeds), _compute(feeds), _log_bytes(feeds)],
            ],
        )


def _head(hub: Hub) -> cloudwatch.TextWidget:
    rows = [f"| {c.tag} | {c.name} | {c.network} | {c.mode} |" for c in hub.clusters]
    table = "\n".join(["| tag | cluster | network | mode |", "|---|---|---|---|", *rows])
    text = (
        f"# eks-registrar, {hub.region}\n{table}\n\nNobody gets in who was tagged? `eks-registrar explain ARN`, then"
        " the log below, then the dead-letter queue. `observe` writes nothing."
    )
    return cloudwatch.TextWidget(markdown=text, width=HALF, height=6)


def _states(alarms: Sequence[cloudwatch.IAlarm]) -> list[cloudwatch.AlarmStatusWidget]:
    return [
        cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(some), width=HALF, height=6)
        for some in (alarms[first : first + _MOST_ALARMS] for first in range(0, len(alarms), _MOST_ALARMS))
    ]


def _lag(hub: Hub) -> cloudwatch.GraphWidget:
    lines = [
        signals.of_cluster(Metric.TAG_TO_ACCESS, hub.installation, cluster.tag, statistic, f"{cluster.tag} {statistic}")
        for cluster in hub.clusters
        for statistic in (signals.MEDIAN, signals.P99)
    ]
    return graph("From tag to access (seconds)", lines, width=HALF)


def _what_was_done(hub: Hub) -> cloudwatch.GraphWidget:
    return graph("Roles registered, changed, removed", per_cluster(hub, _DONE), width=HALF)


def _what_was_not(hub: Hub) -> cloudwatch.GraphWidget:
    return graph("Grants refused, waiting, in conflict, failed", per_cluster(hub, _NOT_DONE), width=HALF)


_DONE = (Metric.REGISTERED, Metric.CHANGED, Metric.REMOVED)
_NOT_DONE = (Metric.REFUSED, Metric.WAITING, Metric.CONFLICTS, Metric.FAILED)


def _records(hub: Hub) -> cloudwatch.GraphWidget:
    counted = (Metric.RECORDS_DONE, Metric.RECORDS_RETRIED, Metric.RECORDS_DEAD)
    lines = [signals.of_records(metric, hub.installation) for metric in counted]
    return graph("Records done, retried, dead", lines, width=HALF)


def _queues(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    shown = ("ApproximateNumberOfMessagesVisible", "waiting"), ("ApproximateNumberOfMessagesNotVisible", "in work")
    lines = [
        signals.of_queue(metric, feed.queue_name, label=f"{feed.part.name} {word}")
        for feed in feeds
        for metric, word in shown
    ]
    return graph("Hints in the queue", lines)


def _ages(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [signals.of_queue("ApproximateAgeOfOldestMessage", feed.queue_name, label=feed.part.name) for feed in feeds]
    return graph("Oldest hint (seconds)", lines)


def _dead_letters(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [
        signals.of_queue("ApproximateNumberOfMessagesVisible", feed.dead_letters_name, label=feed.part.name)
        for feed in feeds
    ]
    return graph("Dead letters", lines)


def _durations(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [
        signals.of_function("Duration", feed.function_name, statistic, f"{feed.part.name} {statistic}")
        for feed in feeds
        for statistic in (signals.MEDIAN, signals.P99, signals.MAXIMUM)
    ]
    return graph("Duration (ms)", lines)


def _faults(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [
        signals.of_function(metric, feed.function_name, label=f"{feed.part.name} {metric}")
        for feed in feeds
        for metric in ("Errors", "Throttles")
    ]
    return graph("Invocations that fail or are turned away", lines)


def _aws_auth(hub: Hub) -> cloudwatch.GraphWidget:
    lines = [
        signals.of_cluster(Metric.AWS_AUTH_BYTES, hub.installation, cluster.tag, signals.MAXIMUM, cluster.tag)
        for cluster in hub.clusters
    ]
    limits = [
        cloudwatch.HorizontalAnnotation(value=AWS_AUTH_WARNING_BYTES, label="warning", color=cloudwatch.Color.ORANGE),
        cloudwatch.HorizontalAnnotation(value=MOST_BYTES, label="no more grants", color=cloudwatch.Color.RED),
    ]
    return graph("Size of aws-auth (bytes)", lines, limits=limits)


def _trouble(feeds: Sequence[Feed]) -> cloudwatch.LogQueryWidget:
    return cloudwatch.LogQueryWidget(
        title="What was refused, retried, or went wrong",
        log_group_names=[feed.log_group.log_group_name for feed in feeds],
        query_lines=list(_RECENT_TROUBLE),
        width=FULL,
        height=8,
    )


def _invocations(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [signals.of_function("Invocations", feed.function_name, label=feed.part.name) for feed in feeds]
    return graph("Cost: invocations", lines)


def _compute(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [
        signals.of_function("Duration", feed.function_name, signals.SUM, label=f"{feed.part.name} (ms)")
        for feed in feeds
    ]
    return graph("Cost: time of all invocations", lines)


def _log_bytes(feeds: Sequence[Feed]) -> cloudwatch.GraphWidget:
    lines = [signals.of_log("IncomingBytes", feed.log_group.log_group_name, label=feed.part.name) for feed in feeds]
    return graph("Cost: bytes of log", lines)
