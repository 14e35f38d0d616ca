"""What the sweep knows, on the dashboard: whether it comes, what stands, and what cannot."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch

from infra import signals
from infra.layout import Hub
from infra.sweep_alarms import ENTRIES_WARNING
from infra.sweep_schedule import EVERY
from infra.widgets import HALF, graph, per_cluster
from registrar.held import MOST_ENTRIES
from registrar.metrics import Metric

_STANDING = (
    Metric.STANDING_REFUSED,
    Metric.STANDING_WAITING,
    Metric.STANDING_CONFLICTS,
    Metric.STANDING_FAILED,
)


def of_sweeps(hub: Hub) -> list[cloudwatch.IWidget]:
    """A row of the dashboard. The gauges are set by a sweep, so their periods are those of the schedule."""
    return [
        graph(
            "Complete sweeps; sweeps stopped by a brake", per_cluster(hub, (Metric.SWEPT, Metric.BRAKED), period=EVERY)
        ),
        graph("Rows or access entries of ours", per_cluster(hub, (Metric.ROWS,), signals.MAXIMUM, EVERY)),
        graph("Standing: refused, waiting, in conflict, failed", per_cluster(hub, _STANDING, signals.MAXIMUM, EVERY)),
    ]


def of_entries(hub: Hub) -> list[cloudwatch.IWidget]:
    """A row of the dashboard about all access entries, whoever made them; clusters without any have no line."""
    limits = [
        cloudwatch.HorizontalAnnotation(value=ENTRIES_WARNING, label="alarm", color=cloudwatch.Color.ORANGE),
        cloudwatch.HorizontalAnnotation(
            value=MOST_ENTRIES, label="EKS makes no further one", color=cloudwatch.Color.RED
        ),
    ]
    entries = per_cluster(hub, (Metric.ACCESS_ENTRIES,), signals.MAXIMUM, EVERY)
    dead = per_cluster(hub, (Metric.DEAD_ENTRIES,), signals.MAXIMUM, EVERY)
    return [
        graph("Access entries, whoever made them", entries, width=HALF, limits=limits),
        graph("Dead access entries of others", dead, width=HALF),
    ]
