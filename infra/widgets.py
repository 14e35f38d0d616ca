"""The form of the dashboard's graphs."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra import signals
from infra.layout import Hub
from registrar.metrics import Metric

HALF, THIRD, FULL = 12, 8, 24


def graph(
    title: str,
    lines: Sequence[cloudwatch.IMetric],
    *,
    width: int = THIRD,
    limits: Sequence[cloudwatch.HorizontalAnnotation] = (),
) -> cloudwatch.GraphWidget:
    """A graph from zero upwards; three of them fill a row."""
    return cloudwatch.GraphWidget(
        title=title,
        left=list(lines),
        left_y_axis=cloudwatch.YAxisProps(min=0),
        left_annotations=list(limits) or None,
        width=width,
        height=6,
    )


def per_cluster(
    hub: Hub, metrics: Sequence[Metric], statistic: str = signals.SUM, period: cdk.Duration = signals.PERIOD
) -> list[cloudwatch.Metric]:
    """Lines of our metrics, one for each cluster and metric."""
    return [
        signals.of_cluster(
            metric, hub.installation, cluster.tag, statistic, label=f"{cluster.tag} {metric.value}", period=period
        )
        for cluster in hub.clusters
        for metric in metrics
    ]
