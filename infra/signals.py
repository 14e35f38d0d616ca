"""The CloudWatch metrics that alarms and dashboard read; the names of ours come from the function's ``metrics.py``."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from registrar.metrics import NAMESPACE, Metric

SERVICE = "eks-registrar"
"""What log lines and traces call the service: ``registrar.handler.SERVICE``, which cannot be imported without boto3."""

SUM, MAXIMUM, AVERAGE, MEDIAN, P99 = "Sum", "Maximum", "Average", "p50", "p99"
PERIOD = cdk.Duration.minutes(5)


def of_cluster(
    metric: Metric,
    installation: str,
    cluster: str,
    statistic: str = SUM,
    label: str | None = None,
    period: cdk.Duration = PERIOD,
) -> cloudwatch.Metric:
    """A metric of ours that has the dimension ``cluster`` (the cluster's tag)."""
    return _metric(
        NAMESPACE, metric.value, {"service": installation, "cluster": cluster}, statistic, label, period=period
    )


def of_records(metric: Metric, installation: str, statistic: str = SUM, label: str | None = None) -> cloudwatch.Metric:
    """A metric of ours that counts records, in all networks of the region together."""
    return _metric(NAMESPACE, metric.value, {"service": installation}, statistic, label)


def of_queue(metric: str, queue: str, statistic: str = MAXIMUM, label: str | None = None) -> cloudwatch.Metric:
    """A metric of SQS for the queue of that name."""
    return _metric("AWS/SQS", metric, {"QueueName": queue}, statistic, label)


def of_function(metric: str, function: str, statistic: str = SUM, label: str | None = None) -> cloudwatch.Metric:
    """A metric of Lambda for the function of that name."""
    return _metric("AWS/Lambda", metric, {"FunctionName": function}, statistic, label)


def of_log(metric: str, log_group: str, statistic: str = SUM, label: str | None = None) -> cloudwatch.Metric:
    """A metric of CloudWatch Logs for the log group of that name."""
    return _metric("AWS/Logs", metric, {"LogGroupName": log_group}, statistic, label)


def _metric(
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    statistic: str,
    label: str | None,
    *,
    period: cdk.Duration = PERIOD,
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
        label=label,
    )
