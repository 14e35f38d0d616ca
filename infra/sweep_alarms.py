"""The alarms of the sweep: that it comes, that no brake stops it, and that it finds nothing new that is wrong."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra import signals
from infra.alarms import AlarmText, When
from infra.sweep_schedule import EVERY
from registrar.held import MOST_ENTRIES
from registrar.metrics import Metric
from registrar.policy import Cluster

ENTRIES_WARNING = MOST_ENTRIES * 8 // 10

# Four quarters of an hour without one: two sweeps may lie in one of them, and then none in the next.
_NONE_FOR_AN_HOUR = When(
    cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD, periods=4, silence=cloudwatch.TreatMissingData.BREACHING
)
# A period without a sweep has no value, and the rise is then in the next one.
_A_RISE = When(periods=3, datapoints=1)
# So long that each period has a sweep: else the alarm would go out and ring again after each.
_LASTING = cdk.Duration.minutes(2 * EVERY.to_minutes())


def of_sweeps(cluster: Cluster, installation: str) -> list[AlarmText]:
    """The sweeps of a cluster: the events tell only what changes, the sweep what stands.

    What ``backend: auto`` comes to is not known at synthesis: such a cluster has the alarms of both backends, and those
    of the other one never have data.
    """
    of_entries = [] if cluster.backend == "aws-auth" else _of_entries(cluster, installation)
    return [*_of_any_backend(cluster, installation), *of_entries]


def _of_entries(cluster: Cluster, installation: str) -> list[AlarmText]:
    tag = cluster.tag
    return [
        AlarmText(
            "AccessEntries",
            "the access entries are nearly all used",
            f"Cluster {tag} has {ENTRIES_WARNING:,} access entries or more; at {MOST_ENTRIES:,} EKS makes no further"
            " one, for nobody, if AWS was asked for no more (removals go on). Delete those that nobody needs"
            f" (`aws eks list-access-entries --cluster-name {cluster.name}`;"
            f" `eks-registrar doctor --cluster {tag}` names dead ones), or ask AWS for a higher quota.",
            signals.of_cluster(Metric.ACCESS_ENTRIES, installation, tag, signals.MAXIMUM, period=_LASTING),
            ENTRIES_WARNING,
            When(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
        ),
        AlarmText(
            "DeadEntries",
            "more access entries of others are dead than before",
            f"The sweep finds more access entries in cluster {tag} that are not ours and that EKS does not honour any"
            " more than the one before it: their role was deleted, or deleted and made again, and whoever uses it is"
            f" locked out. The log names them, `eks-registrar doctor --cluster {tag}` too. Whoever made the entry"
            " deletes it, and makes it again if the role is there.",
            _rise(Metric.DEAD_ENTRIES, cluster, installation),
            when=_A_RISE,
        ),
    ]


def _of_any_backend(cluster: Cluster, installation: str) -> list[AlarmText]:
    tag = cluster.tag
    return [
        AlarmText(
            "NoSweep",
            "no complete sweep for an hour",
            f"No sweep of cluster {tag} was complete for an hour: events that were lost and drift are not mended, a"
            " revocation among them, and dead letters stay. Run `eks-registrar doctor` (schedule, event source, way"
            " in), then read the log for `sweep of account`: it failed, and docs/operations.md, Errors, says what to"
            " do; or a brake stopped it. After the first deployment it rings until the cluster lets the registrar in.",
            signals.of_cluster(Metric.SWEPT, installation, tag, period=EVERY),
            limit=1,
            when=_NONE_FOR_AN_HOUR,
        ),
        AlarmText(
            "Braked",
            "a brake stopped the sweep",
            f"A sweep of cluster {tag} would have removed so much at once that it wrote nothing there, and so will the"
            f" next one. Events go on. `eks-registrar plan --cluster {tag}` shows whom it would remove, and the plan's"
            f" hash H. If they are to go: `eks-registrar sweep --cluster {tag} --plan-hash H`. If not: who took the"
            " tags away (CloudTrail, UntagRole), or who changed registrar.yaml? Mend that; the next sweep then passes.",
            signals.of_cluster(Metric.BRAKED, installation, tag, signals.MAXIMUM, period=_LASTING),
        ),
        AlarmText(
            "StandingRefused",
            "more grants are refused than before",
            f"The sweep finds more refused grants in cluster {tag} than the one before it: a rule has gone, or an event"
            f" was lost. `eks-registrar plan --cluster {tag}` names role, tag and rule.",
            _rise(Metric.STANDING_REFUSED, cluster, installation),
            when=_A_RISE,
        ),
        AlarmText(
            "StandingConflicts",
            "more stands against grants than before",
            f"The sweep finds more in cluster {tag} (rows, access entries, bindings) that is not ours and stands"
            " against a grant than the one before it: somebody made it by hand. It wins, the tag has no effect."
            f" `eks-registrar plan --cluster {tag}` names it. Remove it, or the tag.",
            _rise(Metric.STANDING_CONFLICTS, cluster, installation),
            when=_A_RISE,
        ),
        AlarmText(
            "StandingFailed",
            "more cannot be given, or taken away, than before",
            f"The sweep could not make bindings in cluster {tag}, or was denied rows or access entries, or found no"
            " room for them, or some that somebody put out of its reach, more often than the one before it."
            f" `eks-registrar plan --cluster {tag}` and the function's log say why. After a change of the rules:"
            f" `eks-registrar manifests --cluster {tag} | kubectl apply -f -`, and deploy.",
            _rise(Metric.STANDING_FAILED, cluster, installation),
            when=_A_RISE,
        ),
    ]


def _rise(gauge: Metric, cluster: Cluster, installation: str) -> cloudwatch.MathExpression:
    """How much a gauge is above its value before; what has been known for long does not ring again.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (DIFF)
    """
    standing = signals.of_cluster(gauge, installation, cluster.tag, signals.MAXIMUM, period=EVERY)
    return cloudwatch.MathExpression(
        expression="DIFF(standing)", using_metrics={"standing": standing}, period=EVERY, label=f"rise of {gauge.value}"
    )
