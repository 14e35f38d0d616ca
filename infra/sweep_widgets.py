"""What the sweep knows, on the dashboard: whether it comes, what stands, and what cannot."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch

from infra import signals
from infra.layout import Hub
from infra.sweep_schedule import EVERY
from infra.widgets import graph, per_cluster
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
        graph("Rows of ours", per_cluster(hub, (Metric.ROWS,), signals.MAXIMUM, EVERY)),
        graph("Standing: refused, waiting, in conflict, failed", per_cluster(hub, _STANDING, signals.MAXIMUM, EVERY)),
    ]
