"""Doctor's judgements that need no cluster: trails, clock, IAM's simulator, forwarders, and how findings are told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber
from moto import mock_aws

from registrar import configuration
from registrar.doctor.clock import clock
from registrar.doctor.cluster_rights import attempts_of
from registrar.doctor.deployment import Aws, Deployment, deployments
from registrar.doctor.entry_rights import entry_rights
from registrar.doctor.event_way import rules
from registrar.doctor.finding import Finding, Level, as_dicts, as_text, broken, doubt, from_dicts, well
from registrar.doctor.iam_rights import iam_rights
from registrar.doctor.trail import _advanced, _plain, trail
from registrar.event_pattern import event_pattern
from registrar.manifests import manifests

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks-registrar-public-eu-west-1"
POLICY = configuration.parse(
    f'clusters: [{{name: prod, account: "{ACCOUNT}", region: eu-west-1}}]\n'
    'rules: [{name: r, roles: ["/**"], clusters: [prod], allow: [view]}]\n'
)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
FINDINGS = (
    well("account 1", "trail", "management logs IAM's writes"),
    broken("cluster prod", "way in", "the cluster does not know this identity (401)", "give it its row"),
    doubt("account 1", "clock", "this clock is 40 s behind AWS's", "set it"),
)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """The deployment for a cluster away from IAM's home region, in an AWS of this process."""
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        [made] = deployments(Aws(boto3.Session()), POLICY, POLICY.clusters, None)
        yield made


def test_findings_are_told_by_what_was_looked_at() -> None:
    """Each with its remedy, and a last line with the counts."""
    assert as_text(FINDINGS) == (
        "account 1\n"
        "  ok   trail: management logs IAM's writes\n"
        "  warn clock: this clock is 40 s behind AWS's\n"
        "       → set it\n"
        "cluster prod\n"
        "  fail way in: the cluster does not know this identity (401)\n"
        "       → give it its row\n"
        "1 broken, 1 in doubt, 1 well"
    )


def test_findings_survive_the_way_through_the_function() -> None:
    """What `--remote` prints is what the function found."""
    assert from_dicts(json.loads(json.dumps(as_dicts(FINDINGS)))) == FINDINGS


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ({"ReadWriteType": "All", "IncludeManagementEvents": True}, True),
        ({"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}, True),
        ({"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}, False),
        ({"ReadWriteType": "All", "IncludeManagementEvents": False}, False),
        ({"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}, True),
        ({"ReadWriteType": "All", "ExcludeManagementEventSources": ["iam.amazonaws.com"]}, False),
    ],
)
def test_event_selectors(selector: dict[str, Any], fits: bool) -> None:
    """The older form: reads only, no management events, or IAM left out bring no event."""
    assert _plain(selector) is fits


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ([MANAGEMENT], True),
        ([MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}], True),
        ([MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}], False),
        ([{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["x"]}], False),
        ([MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}], True),
        ([MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "iam.amazonaws.com"]}], False),
        ([MANAGEMENT, {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}], True),
        ([MANAGEMENT, {"Field": "eventSource", "NotStartsWith": ["iam."]}], False),
        ([MANAGEMENT, {"Field": "eventSource", "EndsWith": [".amazonaws.com"]}], True),
    ],
)
def test_advanced_event_selectors(fields: list[dict[str, Any]], fits: bool) -> None:
    """The newer form: every field must let a write to IAM through."""
    assert _advanced(fields) is fits


def test_a_trail_of_another_region_is_not_enough(place: Deployment) -> None:
    """IAM's events appear in the home region only, wherever the cluster is."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="trails")
    here = boto3.client("cloudtrail", region_name="eu-west-1")
    here.create_trail(Name="local", S3BucketName="trails", IsMultiRegionTrail=False)
    [found] = trail(place)
    assert (found.level, place.home) == (Level.FAIL, "us-east-1")


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, Level.OK, "0 s behind"),
        (29, Level.OK, "29 s ahead of"),
        (-31, Level.WARN, "31 s behind"),
        (300, Level.FAIL, "300 s ahead of"),
        (-4000, Level.FAIL, "4000 s behind"),
    ],
)
def test_the_clock(seconds: int, level: Level, words: str) -> None:
    """Five minutes are the end of every signature; half a minute is told."""
    found = clock("account 1", "AWS", "Sun, 01 Nov 2026 12:00:00 GMT", NOW + timedelta(seconds=seconds))
    assert found.level is level
    assert words in found.detail


def test_an_answer_without_a_date_is_in_doubt() -> None:
    """What cannot be compared is not well."""
    assert clock("account 1", "AWS", None, NOW).level is Level.WARN


def simulated(place: Deployment, decision: str) -> Finding:
    """What is found if IAM's simulator decides so about each action."""
    functions, iam = place.client("lambda"), place.client("iam")
    with Stubber(functions) as of_lambda, Stubber(iam) as of_iam:
        of_iam.add_client_error("get_role", "NoSuchEntity")
        of_lambda.add_response("get_function_configuration", {"Role": ROLE}, {"FunctionName": "eks-registrar-public"})
        of_lambda.add_response("list_event_source_mappings", {"EventSourceMappings": []}, {})
        asked = [(action, False) for action in ("iam:GetRole", "iam:GetAccountAuthorizationDetails")]
        asked += [("eks:DescribeCluster", False)]
        asked += [(right.action, bool(right.context)) for right in entry_rights(POLICY, POLICY.clusters[0], "x")]
        for action, in_context in asked:
            result = {"EvalActionName": action, "EvalDecision": decision}
            expected = {"PolicySourceArn": ROLE, "ActionNames": [action], "ResourceArns": ANY}
            expected |= {"ContextEntries": ANY} if in_context else {}
            of_iam.add_response("simulate_principal_policy", {"EvaluationResults": [result]}, expected)
        [found] = iam_rights(place)
    return found


def test_rights_by_the_simulator(place: Deployment) -> None:
    """For the function's own role, whoever asks; a denial names action, resource and kind."""
    assert simulated(place, "allowed").level is Level.OK
    found = simulated(place, "explicitDeny")
    assert found.level is Level.FAIL
    assert f"eks:DescribeCluster on arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/prod (explicitDeny)" in found.detail
    assert "cluster/prod, eks:kubernetesGroups eks-registrar:view (explicitDeny)" in found.detail


def test_iam_out_of_reach(place: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function in a VPC without a way to IAM: the remedy names it."""

    def no_way(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/")

    monkeypatch.setattr(place.client("iam"), "get_role", no_way)
    [found] = iam_rights(place)
    assert found.level is Level.FAIL
    assert "NAT gateway" in found.remedy


def test_a_hub_away_from_home_needs_its_forwarder(place: Deployment) -> None:
    """Found missing, found wrong, found right."""
    home = boto3.client("events", region_name="us-east-1")
    bus = f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/eks-registrar"
    [found] = rules(place)
    assert (found.what, found.level) == ("forwarder", Level.FAIL)
    assert "no rule of the bus default in us-east-1 sends events to eks-registrar" in found.detail
    for accounts, level in ((["111122223333"], Level.FAIL), ([ACCOUNT], Level.OK)):
        home.put_rule(Name="forward", EventPattern=json.dumps(event_pattern(accounts)))
        home.put_targets(Rule="forward", Targets=[{"Id": "Hub", "Arn": bus}])
        [found] = rules(place)
        assert found.level is level, found


def test_every_rule_of_the_manifests_is_asked_for() -> None:
    """As many requests as the roles have verbs times resources times names; nothing is added."""
    asked = [str(attempt) for attempt in attempts_of(manifests(POLICY, "prod"))]
    assert len(asked) == len(set(asked))
    assert "patch configmaps/aws-auth in kube-system" in asked
    assert "update configmaps/history-9 in eks-registrar" in asked
    assert "bind clusterroles.rbac.authorization.k8s.io/view" in asked
    assert not [text for text in asked if text.startswith("*")]


def test_a_cold_start_for_an_event_does_not_import_doctor() -> None:
    """It is imported when somebody asks for it."""
    code = "import sys, registrar.handler; print([m for m in sys.modules if m.startswith('registrar.doctor')])"
    environment = {"PYTHONPATH": ":".join(sys.path), "POWERTOOLS_TRACE_DISABLED": "true"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
