"""The alarms and the dashboard: on metrics that the function emits, with what to do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from infra_stage import (
    MAIL,
    ROOT,
    Template,
    logical_id,
    properties,
    resources,
    statements,
    synthesised,
    the_hub,
)

from infra.settings import AppSettings
from registrar import configuration, metrics
from registrar.metrics import NAMESPACE, Metric
from registrar.service import Settled

ALARM = "AWS::CloudWatch::Alarm"


@pytest.fixture(scope="module")
def hub() -> Template:
    """A hub with the clusters prod and staging."""
    return the_hub("one-region", "us-east-1")


@pytest.fixture(scope="module")
def alarms(hub: Template) -> dict[str, dict[str, Any]]:
    """Its alarms by name, without the installation's."""
    found = (alarm["Properties"] for alarm in resources(hub, ALARM).values())
    return {alarm["AlarmName"].removeprefix("eks-registrar, "): alarm for alarm in found}


def dimensions(alarm: dict[str, Any]) -> dict[str, str]:
    """The dimensions of an alarm's metric."""
    return {each["Name"]: each["Value"] for each in alarm["Dimensions"]}


def math_of(alarm: dict[str, Any]) -> dict[str, Any]:
    """The one metric, with period and statistic, of an alarm on metric math."""
    (stat,) = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
    return dict(stat)


@pytest.mark.parametrize(
    ("name", "metric", "where", "limit"),
    [
        (
            "network public: the dead-letter queue is not empty",
            "AWS/SQS ApproximateNumberOfMessagesVisible Maximum",
            {"QueueName": "eks-registrar-public-dead-letters"},
            0,
        ),
        (
            "network public: hints wait for more than 15 minutes",
            "AWS/SQS ApproximateAgeOfOldestMessage Maximum",
            {"QueueName": "eks-registrar-public"},
            900,
        ),
        ("network public: the function fails", "AWS/Lambda Errors Sum", {"FunctionName": "eks-registrar-public"}, 0),
        (
            "network public: the function is throttled",
            "AWS/Lambda Throttles Sum",
            {"FunctionName": "eks-registrar-public"},
            0,
        ),
        (
            "all networks: records that can never work",
            "EksRegistrar RecordsDead Sum",
            {"service": "eks-registrar"},
            0,
        ),
        *(
            (
                f"cluster {cluster}: {title}",
                f"EksRegistrar {metric}",
                {"service": "eks-registrar", "cluster": cluster},
                limit,
            )
            for cluster in ("prod", "staging")
            for title, metric, limit in (
                ("grants were refused", "Refused Sum", 0),
                ("something foreign stands against a grant", "Conflicts Sum", 0),
                ("bindings could not be made", "Failed Sum", 0),
                ("aws-auth is nearly full", "AwsAuthBytes Maximum", 560_000),
            )
        ),
    ],
)
def test_an_alarm_rings_when_its_metric_is_above_the_limit_once(
    alarms: dict[str, dict[str, Any]], name: str, metric: str, where: dict[str, str], limit: int
) -> None:
    """Metric, dimensions and limit; silence is no alarm, for no event means no data."""
    alarm = alarms[name]
    assert f"{alarm['Namespace']} {alarm['MetricName']} {alarm['Statistic']}" == metric
    assert dimensions(alarm) == where
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", limit)
    assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, "notBreaching")


@pytest.mark.parametrize("cluster", ["prod", "staging"])
def test_an_hour_without_a_complete_sweep_is_an_alarm_and_so_is_silence(
    alarms: dict[str, dict[str, Any]], cluster: str
) -> None:
    """Enforced or observed: no data means that nothing is swept, which no other alarm would tell."""
    alarm = alarms[f"cluster {cluster}: no complete sweep for an hour"]
    assert (alarm["MetricName"], alarm["Statistic"], dimensions(alarm)["cluster"]) == ("Swept", "Sum", cluster)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 3600
    assert "DatapointsToAlarm" not in alarm
    assert alarm["TreatMissingData"] == "breaching"


def test_a_brake_rings_once_and_until_a_sweep_passes(alarms: dict[str, dict[str, Any]]) -> None:
    """Each period has a sweep in it, so that the alarm does not go out between two; the advice has both commands."""
    alarm = alarms["cluster prod: a brake stopped the sweep"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Braked", "Maximum", 30 * 60)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    for command in ("eks-registrar plan --cluster prod", "eks-registrar sweep --cluster prod --plan-hash H"):
        assert command in alarm["AlarmDescription"]


@pytest.mark.parametrize(
    ("title", "gauge"),
    [
        ("more grants are refused than before", "StandingRefused"),
        ("more stands against grants than before", "StandingConflicts"),
        ("more cannot be given, or taken away, than before", "StandingFailed"),
        ("more access entries of others are dead than before", "DeadEntries"),
    ],
)
def test_what_stands_rings_only_when_it_rises(alarms: dict[str, dict[str, Any]], title: str, gauge: str) -> None:
    """The difference to the value before, in any of three periods: one of them may have no sweep in it."""
    alarm = alarms[f"cluster prod: {title}"]
    (expression,) = [each for each in alarm["Metrics"] if "Expression" in each]
    stat = math_of(alarm)
    assert expression["Expression"] == "DIFF(standing)"
    assert (stat["Metric"]["MetricName"], stat["Stat"], stat["Period"]) == (gauge, "Maximum", 15 * 60)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 1)


def test_access_entries_ring_at_four_fifths_of_what_eks_allows(alarms: dict[str, dict[str, Any]]) -> None:
    """Each period has a sweep in it; a cluster without access entries has no data, and never rings."""
    alarm = alarms["cluster prod: the access entries are nearly all used"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("AccessEntries", "Maximum", 30 * 60)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 2400)
    assert alarm["TreatMissingData"] == "notBreaching"


def test_a_cluster_that_stays_on_aws_auth_has_no_alarm_of_entries(alarms: dict[str, dict[str, Any]]) -> None:
    """``backend: aws-auth`` in the file (staging); with ``auto`` (prod) nobody knows yet what it will come to."""
    of_entries = [name for name in alarms if "access entries" in name]
    assert len(of_entries) == 2
    assert [name for name in of_entries if not name.startswith("cluster prod:")] == []


def test_a_second_installation_of_a_region_counts_for_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Its alarms and its dashboard read what its function emits, and nothing of the first one's."""
    policy = replace(configuration.load(ROOT / "examples" / "one-region" / "registrar.yaml"), installation="second")
    template = synthesised(policy, AppSettings(Path("unused"))).templates["second-us-east-1"]
    metrics.emit(Settled((), ()), policy.installation, datetime.now(UTC))
    emitted = json.loads(capsys.readouterr().out)["service"]
    every = [alarm["Properties"] for alarm in resources(template, ALARM).values()]
    alarmed = {dimensions(alarm)["service"] for alarm in every if alarm.get("Namespace") == NAMESPACE}
    risen = {dimensions(math_of(alarm)["Metric"])["service"] for alarm in every if "Metrics" in alarm}
    shown = set(re.findall(r'"service", "([^"]+)"', dashboard(template)))
    assert {emitted} == alarmed == risen == shown == {"second"}


def test_every_alarm_goes_to_the_topic_and_says_what_to_do(hub: Template, alarms: dict[str, dict[str, Any]]) -> None:
    """A mail at 3 a.m. that only names a metric helps nobody."""
    (topic,) = resources(hub, "AWS::SNS::Topic")
    assert [name for name, alarm in alarms.items() if alarm["AlarmActions"] != [{"Ref": topic}]] == []
    assert [name for name, alarm in alarms.items() if len(alarm["AlarmDescription"]) < 80] == []


def test_cloudwatch_may_publish_to_the_topic_over_tls_only(hub: Template) -> None:
    """A topic's own policy replaces the default one: without this no alarm would arrive."""
    deny, allow = statements(hub, "AWS::SNS::TopicPolicy", "AlarmTopic")
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allow["Effect"], allow["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_mail_address_is_subscribed(hub: Template) -> None:
    """The setting alarmMail."""
    assert properties(hub, "AWS::SNS::Subscription", Protocol="email")["Endpoint"] == MAIL


def dashboard(template: Template) -> str:
    """The body of the dashboard as text."""
    (board,) = resources(template, "AWS::CloudWatch::Dashboard").values()
    body = board["Properties"]["DashboardBody"]
    joined = "".join(part if isinstance(part, str) else "REFERENCE" for part in body["Fn::Join"][1])
    return json.dumps(json.loads(joined))


def test_the_dashboard_shows_every_metric_of_the_function_but_one(hub: Template) -> None:
    """What the function counts can be seen; the rounds of a write are for whoever searches a fault."""
    shown = set(re.findall(rf'\["{NAMESPACE}", "(\w+)"', dashboard(hub)))
    assert set(Metric) - shown == {Metric.WRITE_TRIES}


@pytest.mark.parametrize(
    "wanted",
    [
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
        "Duration",
        "Errors",
        "Throttles",
        "Invocations",
        "IncomingBytes",
        "SOURCE 'REFERENCE'",
    ],
)
def test_the_dashboard_shows_queue_function_log_and_cost(hub: Template, wanted: str) -> None:
    """What a person on call looks for next."""
    assert wanted in dashboard(hub)


def test_the_dashboard_has_the_two_limits_of_aws_auth(hub: Template) -> None:
    """The warning, and the size from which nothing is granted."""
    body = json.loads(dashboard(hub))
    (sizes,) = [w["properties"] for w in body["widgets"] if "aws-auth" in w["properties"].get("title", "")]
    assert [line["value"] for line in sizes["annotations"]["horizontal"]] == [560_000, 700_000]


def test_the_dashboard_has_the_two_limits_of_access_entries(hub: Template) -> None:
    """Where the alarm rings, and where EKS makes no further one."""
    body = json.loads(dashboard(hub))
    titles = [w["properties"] for w in body["widgets"] if w["properties"].get("title", "").startswith("Access entries")]
    assert [line["value"] for (one,) in [titles] for line in one["annotations"]["horizontal"]] == [2400, 3000]


def test_the_dashboard_shows_the_state_of_every_alarm(hub: Template) -> None:
    """One look tells whether something is wrong."""
    body = json.loads(dashboard(hub))
    (states,) = [widget["properties"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert len(states["alarms"]) == len(resources(hub, ALARM))


def test_every_network_and_every_cluster_is_on_the_dashboard() -> None:
    """A hub with three networks shows all three."""
    body = dashboard(the_hub("private-networks", "eu-west-1"))
    for word in ("public", "office", "payments", "eks-registrar-corp", "eks-registrar-payments-dead-letters"):
        assert f'"{word}' in body


def test_the_dashboard_is_named_after_the_stack(hub: Template) -> None:
    """And the output says so."""
    assert logical_id(hub, "AWS::CloudWatch::Dashboard", DashboardName="eks-registrar-us-east-1")
    assert hub["Outputs"]["Dashboard"]["Value"] == "eks-registrar-us-east-1"
