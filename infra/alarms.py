"""The alarms: each on what is new, each with what to do in its description, as it stands in the mail at 3 a.m."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra import signals
from infra.alarm_topic import AlarmTopic
from registrar.held import MOST_BYTES
from registrar.metrics import Metric
from registrar.policy import Cluster

AWS_AUTH_WARNING_BYTES = MOST_BYTES * 8 // 10
# Nobody works the queue. SQS counts the age only of what was received less than three times, so a record that fails
# again and again never rings here; one whose function died twice has been away for two of the queue's time-outs, 12
# minutes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
OLDEST_SECONDS = 15 * 60


@dataclass(frozen=True)
class When:
    """When an alarm rings: the metric is beyond the limit in ``datapoints`` of ``periods``; ``None`` is all."""

    beyond: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
    periods: int = 1
    datapoints: int | None = None
    # No event means no data: nothing happened, so nothing is wrong.
    silence: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


@dataclass(frozen=True)
class AlarmText:
    """One alarm: unless ``when`` says otherwise, it rings when the metric is above the limit in one period."""

    key: str
    title: str
    advice: str
    metric: cloudwatch.IMetric
    limit: float = 0
    when: When = field(default_factory=When)


class Alarms(Construct):
    """Alarms of one subject (a queue, a function, a cluster), told apart by ``subject`` in their names."""

    def __init__(
        self, scope: Construct, construct_id: str, *, subject: str, texts: Sequence[AlarmText], topic: AlarmTopic
    ) -> None:
        super().__init__(scope, construct_id)
        self.alarms = [self._alarm(subject, text, topic) for text in texts]

    def _alarm(self, subject: str, text: AlarmText, topic: AlarmTopic) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            text.key,
            alarm_name=f"{subject}: {text.title}",
            alarm_description=text.advice,
            metric=text.metric,
            threshold=text.limit,
            comparison_operator=text.when.beyond,
            evaluation_periods=text.when.periods,
            datapoints_to_alarm=text.when.datapoints,
            treat_missing_data=text.when.silence,
        )
        alarm.add_alarm_action(topic.action)
        return alarm


def of_dead_letters(queue: str) -> AlarmText:
    """Something lies in the dead-letter queue of a network."""
    return _dead_letters(
        queue,
        f"Hints that were not worked on lie in {queue}: a tag may have no effect. Read one message: its attribute"
        " `reason` (from the function) or `ERROR_MESSAGE` (from EventBridge) says why, and docs/operations.md what to"
        " do. When the cause is mended, the next complete sweep does what they asked for and deletes them; to wait for"
        " none, move them back: output Redrive of the stack. If they are gone already, their reasons are in the log.",
    )


def of_forwarder(queue: str) -> AlarmText:
    """Something lies in the dead-letter queue of the forwarder."""
    return _dead_letters(
        queue,
        f"IAM's events that could not be forwarded to a hub lie in {queue}: a tag may have no effect. Read one message:"
        " its attribute `ERROR_MESSAGE` says why; is the hub's stack deployed? Then, for each message's body in a file:"
        " `eks-registrar replay FILE --apply`.",
    )


def _dead_letters(queue: str, advice: str) -> AlarmText:
    metric = signals.of_queue("ApproximateNumberOfMessagesVisible", queue)
    return AlarmText("DeadLetters", "the dead-letter queue is not empty", advice, metric)


def of_queue(queue: str) -> list[AlarmText]:
    """Hints wait too long."""
    return [
        AlarmText(
            "OldestMessage",
            "hints wait for more than 15 minutes",
            f"The oldest message of {queue} is older than {OLDEST_SECONDS} seconds: tags take effect late, revocations"
            " too. Is the event source switched off (`eks-registrar doctor`), or the function throttled? Or does each"
            " invocation run into its time-out: IAM, EKS or the cluster does not answer?",
            signals.of_queue("ApproximateAgeOfOldestMessage", queue),
            OLDEST_SECONDS,
        ),
    ]


def of_function(function: str) -> list[AlarmText]:
    """Invocations fail or are turned away."""
    return [
        AlarmText(
            "Errors",
            "the function fails",
            f"Invocations of {function} end in an error (not: single records that are retried). Read its log; a wrong"
            " registrar.yaml, a time-out and missing memory look like this. The records return to the queue.",
            signals.of_function("Errors", function),
        ),
        AlarmText(
            "Throttles",
            "the function is throttled",
            f"Lambda turns invocations of {function} away: the account's concurrency is used up. Hints wait meanwhile.",
            signals.of_function("Throttles", function),
        ),
    ]


def of_records(installation: str) -> list[AlarmText]:
    """Records that can never work, in any network of the region."""
    return [
        AlarmText(
            "RecordsDead",
            "records that can never work",
            "The function has sent records to the dead-letter queue itself, with the reason: an aws-auth that cannot be"
            " read, a denial, a missing right. docs/operations.md, `Never retry`, says what to do for each.",
            signals.of_records(Metric.RECORDS_DEAD, installation),
        ),
    ]


def of_cluster(cluster: Cluster, installation: str) -> list[AlarmText]:
    """What people asked for and did not get, and the size of aws-auth."""
    tag = cluster.tag
    return [
        AlarmText(
            "Refused",
            "grants were refused",
            f"Somebody tagged a role for cluster {tag} with what no rule allows, or what cannot be read. The log names"
            " role, tag and rule; `eks-registrar explain ARN` too.",
            signals.of_cluster(Metric.REFUSED, installation, tag),
        ),
        AlarmText(
            "Conflicts",
            "something foreign stands against a grant",
            f"In cluster {tag} a row, an access entry or a binding that is not ours stands for the same role: it wins,"
            " the tag has no effect. The log names it. Remove it, or the tag.",
            signals.of_cluster(Metric.CONFLICTS, installation, tag),
        ),
        AlarmText(
            "Failed",
            "bindings could not be made",
            f"Grants are allowed for cluster {tag} and their bindings could not be made. After a change of the rules,"
            f" apply the rights again: `eks-registrar manifests --cluster {tag} | kubectl apply -f -`.",
            signals.of_cluster(Metric.FAILED, installation, tag),
        ),
        AlarmText(
            "AwsAuthSize",
            "aws-auth is nearly full",
            f"aws-auth of cluster {tag} is over {AWS_AUTH_WARNING_BYTES:,} bytes; at {MOST_BYTES:,} no grant is added"
            " any more (removals go on). Remove rows that nobody needs.",
            signals.of_cluster(Metric.AWS_AUTH_BYTES, installation, tag, signals.MAXIMUM),
            AWS_AUTH_WARNING_BYTES,
        ),
    ]
