"""The events of IAM writes: every write has one, in the shape that CloudTrail sends through EventBridge."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_support import ACCOUNT

from infra.event_pattern import IAM_EVENT_NAMES, event_pattern
from lab.aws.side import AwsSide
from lab.sessions import session_of

GOLDEN = Path(__file__).parent / "golden"
Last = Callable[[], dict[str, Any]]
# What differs between two runs, and by what it is replaced in the golden files.
CHANGING = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "UUID",
    r"\b(AKIA|ASIA|AROA)[A-Z0-9]{16,17}\b": r"\1EXAMPLE",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "2026-01-02T03:04:05Z",
    r"[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M": "Jan 2, 2026 3:04:05 AM",
    r'(?<="principalId": ")[a-z0-9]{20}(?=")': "AIDAEXAMPLE",
    r'(?<="userAgent": ")Boto3[^"]*': "Boto3",
    r"(AWSReservedSSO_\w+)_[0-9a-f]{16}": r"\1_0123456789abcdef",
    r"AWSSSO_[0-9a-f]{16}": "AWSSSO_0123456789abcdef",
}


def put_rule(side: AwsSide, name: str, pattern: dict[str, Any]) -> Last:
    """Send the events of a pattern to a queue of its own; the answer takes the newest one from there."""
    sqs, events = side.client("sqs"), side.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"}])

    def last() -> dict[str, Any]:
        bodies: list[str] = []
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        event: dict[str, Any] = json.loads(bodies[-1]) if bodies else {}
        return event

    return last


@pytest.fixture(scope="module")
def last_event(side: AwsSide) -> Last:
    """Takes the newest event of IAM, failed calls included."""
    return put_rule(side, "everything", {"source": ["aws.iam"]})


@pytest.fixture
def iam(side: AwsSide) -> Any:
    """An administrator's IAM client."""
    return side.client("iam")


def assert_golden(event: dict[str, Any], name: str) -> None:
    """Compare with a golden file; a new file is written once and fails the test, so that it is read by a person."""
    text = json.dumps(event, indent=2, sort_keys=True)
    for pattern, instead in CHANGING.items():
        text = re.sub(pattern, instead, text)
    path = GOLDEN / f"{name}.json"
    if not path.exists():
        path.write_text(f"{text}\n")
        pytest.fail(f"{path.name} was written: read it, then run again")
    assert f"{text}\n" == path.read_text()


def test_create_role(iam: Any, last_event: Last, trust: str) -> None:
    """A role made with path and tags: parameters and the new role in CloudTrail's spelling."""
    tags = [{"Key": "eks-registrar/lab", "Value": "view edit@payments"}]
    iam.create_role(RoleName="golden", Path="/team/", AssumeRolePolicyDocument=trust, Tags=tags)
    assert_golden(last_event(), "create-role")


def test_tag_role_that_failed(iam: Any, last_event: Last) -> None:
    """A failed call: its code by the exception's name, its text, no response."""
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.tag_role(RoleName="golden-missing", Tags=[{"Key": "eks-registrar/lab", "Value": "view"}])
    assert_golden(last_event(), "tag-role-failed")


def test_a_role_of_identity_center(side: AwsSide, last_event: Last) -> None:
    """Made by Identity Center's own session, which CloudTrail shows as invokedBy, address and user agent."""
    side.create_permission_set_role("Ops")
    assert_golden(last_event(), "create-permission-set-role")


def operator(side: AwsSide, trust: str, name: str, *actions: str) -> Any:
    """An IAM client in a session of a new role that may do these things."""
    iam = side.client("iam")
    role = iam.create_role(RoleName=name, Path="/ops/", AssumeRolePolicyDocument=trust)["Role"]
    if actions:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    environment = side.role_environment(role["Arn"], "alice")
    session = session_of(environment)
    return session.client("iam", endpoint_url=side.endpoint_url)


def test_a_call_made_in_a_role_session_shows_session_and_issuer(side: AwsSide, last_event: Last, trust: str) -> None:
    """The real caller is resolved from the access key."""
    iam = operator(side, trust, "golden-operator", "iam:CreateRole", "iam:UntagRole")
    iam.create_role(RoleName="golden-made", AssumeRolePolicyDocument=trust)
    iam.untag_role(RoleName="golden-made", TagKeys=["k"])
    assert_golden(last_event(), "untag-role-by-session")


def test_a_call_that_no_policy_allows_is_recorded_as_denied(side: AwsSide, last_event: Last, trust: str) -> None:
    """AccessDenied comes before IAM reads the parameters; the event has none."""
    iam = operator(side, trust, "golden-powerless")
    with pytest.raises(iam.exceptions.ClientError, match="AccessDenied"):
        iam.tag_role(RoleName="golden-powerless", Tags=[{"Key": "eks-registrar/lab", "Value": "view"}])
    detail = last_event()["detail"]
    assert detail["errorCode"] == "AccessDenied"
    assert detail["requestParameters"] is None
    assert side.client("iam").list_role_tags(RoleName="golden-powerless")["Tags"] == []


def test_every_write_has_its_event_and_no_read_has_one(iam: Any, last_event: Last, trust: str) -> None:
    """Roles, users, groups and policies, each by its name and with what it named."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    arn = iam.create_policy(PolicyName="deny", PolicyDocument=policy)["Policy"]["Arn"]
    tags = [{"Key": "k", "Value": "v"}]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("CreateRole", {"RoleName": "w", "AssumeRolePolicyDocument": trust}),
        ("TagRole", {"RoleName": "w", "Tags": tags}),
        ("UntagRole", {"RoleName": "w", "TagKeys": ["k"]}),
        ("UpdateRole", {"RoleName": "w", "Description": "d"}),
        ("UpdateAssumeRolePolicy", {"RoleName": "w", "PolicyDocument": trust}),
        ("AttachRolePolicy", {"RoleName": "w", "PolicyArn": arn}),
        ("DetachRolePolicy", {"RoleName": "w", "PolicyArn": arn}),
        ("PutRolePolicy", {"RoleName": "w", "PolicyName": "p", "PolicyDocument": policy}),
        ("DeleteRolePolicy", {"RoleName": "w", "PolicyName": "p"}),
        ("DeleteRole", {"RoleName": "w"}),
        ("CreateUser", {"UserName": "u"}),
        ("TagUser", {"UserName": "u", "Tags": tags}),
        ("UntagUser", {"UserName": "u", "TagKeys": ["k"]}),
        ("CreateGroup", {"GroupName": "g"}),
        ("AddUserToGroup", {"GroupName": "g", "UserName": "u"}),
        ("RemoveUserFromGroup", {"GroupName": "g", "UserName": "u"}),
        ("DeleteGroup", {"GroupName": "g"}),
        ("DeleteUser", {"UserName": "u"}),
        ("CreateServiceLinkedRole", {"AWSServiceName": "ecs.amazonaws.com"}),
    ]
    for name, params in calls:
        getattr(iam, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())(**params)
        detail = last_event()["detail"]
        assert detail["eventName"] == name
        assert detail["requestParameters"].keys() == {key[0].lower() + key[1:] for key in params}
        assert "errorCode" not in detail
    iam.list_roles()
    iam.get_account_authorization_details()
    assert last_event() == {}


def test_no_event_holds_a_password_or_a_secret_key(iam: Any, last_event: Last) -> None:
    """What the API's model calls sensitive is left out, as CloudTrail leaves it out."""
    iam.create_user(UserName="erin")
    iam.create_login_profile(UserName="erin", Password="not-A-real-password-1", PasswordResetRequired=False)
    assert last_event()["detail"]["requestParameters"] == {"userName": "erin", "passwordResetRequired": False}
    made = iam.create_access_key(UserName="erin")["AccessKey"]
    event = last_event()
    assert event["detail"]["responseElements"]["accessKey"]["accessKeyId"] == made["AccessKeyId"]
    assert made["SecretAccessKey"] not in json.dumps(event)


def test_a_text_that_looks_like_a_template_stays_text(iam: Any, last_event: Last, trust: str) -> None:
    """Moto's own delivery would fill `<detail>` in wherever it stands."""
    iam.create_role(RoleName="templated", AssumeRolePolicyDocument=trust, Description="<detail> <account>")
    assert last_event()["detail"]["requestParameters"]["description"] == "<detail> <account>"


def test_the_pattern_lets_role_changes_that_succeeded_pass_and_nothing_else(
    side: AwsSide, iam: Any, trust: str
) -> None:
    """The real pattern in moto's EventBridge: other calls and failed calls stay out."""
    last = put_rule(side, "pattern", event_pattern([ACCOUNT]))
    role = {"RoleName": "patterned"}
    calls: dict[str, Callable[[], Any]] = {
        "CreateRole": lambda: iam.create_role(**role, AssumeRolePolicyDocument=trust),
        "TagRole": lambda: iam.tag_role(**role, Tags=[{"Key": "k", "Value": "v"}]),
        "UntagRole": lambda: iam.untag_role(**role, TagKeys=["k"]),
        "DeleteRole": lambda: iam.delete_role(**role),
    }
    assert calls.keys() == set(IAM_EVENT_NAMES)
    for name, call in calls.items():
        call()
        assert last()["detail"]["eventName"] == name
        with pytest.raises(iam.exceptions.ClientError):
            iam.tag_role(RoleName="missing", Tags=[{"Key": "k", "Value": "v"}])
        iam.create_group(GroupName=f"beside-{name}")
        assert last() == {}


def test_the_pattern_keeps_the_events_of_other_accounts_out(side: AwsSide, iam: Any, trust: str) -> None:
    """The account of the envelope is pinned."""
    last = put_rule(side, "other-account", event_pattern(["111122223333"]))
    iam.create_role(RoleName="of-this-account", AssumeRolePolicyDocument=trust)
    assert last() == {}


def test_a_pattern_without_accounts_is_refused() -> None:
    """EventBridge would read it as every account."""
    with pytest.raises(ValueError, match="at least one account"):
        event_pattern([])


def test_nobody_can_put_events_under_the_name_of_an_aws_service(side: AwsSide, last_event: Last) -> None:
    """PutEvents refuses sources that begin with `aws.`, and lets the others of the same call pass."""
    entry = {"DetailType": "AWS API Call via CloudTrail", "Detail": "{}"}
    entries = [entry | {"Source": "aws.iam"}, entry | {"Source": "mine"}]
    last_event()
    answer = side.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert "EventId" in answer["Entries"][1]
    assert last_event() == {}
