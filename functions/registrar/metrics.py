"""The names of all metrics, in one place: the function emits them, the alarms and the dashboard read them.

On the event path a metric counts what happened. The sweep sets gauges of what stands (``Standing…``, ``Rows``), so that
what has been known for long rings no alarm again: an alarm is "count > 0", or a rise of the gauge.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from registrar.errors import NeverRetry
from registrar.model import Verdict
from registrar.result import ClusterResult
from registrar.service import Outcome, Settled

NAMESPACE = "EksRegistrar"


class Metric(StrEnum):
    """Those above the line have the dimension ``cluster``; those below count records of the queue."""

    REGISTERED = "Registered"
    CHANGED = "Changed"
    REMOVED = "Removed"
    REFUSED = "Refused"
    WAITING = "Waiting"
    CONFLICTS = "Conflicts"
    FAILED = "Failed"
    WRITE_TRIES = "WriteTries"
    AWS_AUTH_BYTES = "AwsAuthBytes"
    TAG_TO_ACCESS = "TagToAccess"
    ROWS = "Rows"
    ACCESS_ENTRIES = "AccessEntries"
    DEAD_ENTRIES = "DeadEntries"
    STANDING_REFUSED = "StandingRefused"
    STANDING_WAITING = "StandingWaiting"
    STANDING_CONFLICTS = "StandingConflicts"
    STANDING_FAILED = "StandingFailed"
    BRAKED = "Braked"
    SWEPT = "Swept"
    # ──────
    RECORDS_DONE = "RecordsDone"
    RECORDS_RETRIED = "RecordsRetried"
    RECORDS_DEAD = "RecordsDead"


_BY_ACTION = {"add": Metric.REGISTERED, "change": Metric.CHANGED, "remove": Metric.REMOVED}
_BY_VERDICT = {
    Verdict.REFUSED: Metric.REFUSED,
    Verdict.WAITING: Metric.WAITING,
    Verdict.CONFLICT: Metric.CONFLICTS,
    Verdict.FAILED: Metric.FAILED,
}
_STANDING = {
    Verdict.REFUSED: Metric.STANDING_REFUSED,
    Verdict.WAITING: Metric.STANDING_WAITING,
    Verdict.CONFLICT: Metric.STANDING_CONFLICTS,
    Verdict.FAILED: Metric.STANDING_FAILED,
}


def emit(settled: Settled, installation: str, now: datetime) -> None:
    """Print what was done as CloudWatch metrics (EMF), one document per cluster and one for the records.

    The dimension ``service`` is the installation's name: two of them in one region are counted apart.
    """
    for result in settled.results:
        _emit_cluster(result, settled.outcomes, installation, now)
    records = EphemeralMetrics(namespace=NAMESPACE, service=installation)
    dead = sum(o.error is not None and not o.retry for o in settled.outcomes)
    retried = sum(o.retry for o in settled.outcomes)
    records.add_metric(Metric.RECORDS_DEAD, MetricUnit.Count, dead)
    records.add_metric(Metric.RECORDS_RETRIED, MetricUnit.Count, retried)
    records.add_metric(Metric.RECORDS_DONE, MetricUnit.Count, len(settled.outcomes) - dead - retried)
    records.flush_metrics()


def _emit_cluster(result: ClusterResult, outcomes: Sequence[Outcome], installation: str, now: datetime) -> None:
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=installation)
    metrics.add_dimension("cluster", result.cluster.tag)
    if result.plan is None:
        return  # nothing is known of this cluster, and a gauge of nothing would look like none
    for name, value in counts(result).items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.add_metric(Metric.AWS_AUTH_BYTES, MetricUnit.Bytes, result.aws_auth_bytes)
    for seconds in lags(result, outcomes, now):
        metrics.add_metric(Metric.TAG_TO_ACCESS, MetricUnit.Seconds, seconds)
    metrics.flush_metrics()


def counts(result: ClusterResult) -> dict[Metric, int]:
    """What happened in a cluster, and by a sweep what stands. Changes count only where they were written."""
    by_verdict = _STANDING if result.whole else _BY_VERDICT
    found = dict.fromkeys((*_BY_ACTION.values(), *by_verdict.values()), 0)
    for change in result.plan.changes if result.plan and result.written else ():
        found[_BY_ACTION[change.action]] += 1
    for decisions in result.plan.decisions.values() if result.plan else ():
        for decision in decisions:
            if decision.verdict in by_verdict:
                found[by_verdict[decision.verdict]] += 1
    if result.whole:
        # What could not be given, or taken away, and will not be by itself: a full cluster, a right that is missing,
        # one of ours that somebody has put out of our reach.
        never = sum(isinstance(error, NeverRetry) for error in result.errors.values())
        found[Metric.STANDING_FAILED] += never + len(result.hidden)
    return found | (_gauges(result) if result.whole else {}) | {Metric.WRITE_TRIES: result.tries}


def _gauges(result: ClusterResult) -> dict[Metric, int]:
    """``Swept`` counts the complete sweeps: where none comes, an alarm rings."""
    braked = result.braked is not None
    entries = {} if result.entries is None else {Metric.ACCESS_ENTRIES: result.entries}
    dead = {} if result.entries is None else {Metric.DEAD_ENTRIES: len(result.dead)}
    counted = {Metric.ROWS: result.rows, Metric.BRAKED: int(braked), Metric.SWEPT: int(result.complete)}
    return counted | entries | dead


def lags(result: ClusterResult, outcomes: Sequence[Outcome], now: datetime) -> list[float]:
    """The seconds from the IAM call to the access, for each principal that was granted something."""
    if result.plan is None or not result.written:
        return []
    granted = {change.ref for change in result.plan.changes if change.after is not None}
    hints = {o.hint.principal: o.hint for o in outcomes if o.hint is not None}
    return [(now - hints[ref].time).total_seconds() for ref in granted if ref in hints]
