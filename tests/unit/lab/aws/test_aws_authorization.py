"""What identities may do, and faults on request."""

import json
from typing import Any

import pytest
from botocore.config import Config

from lab.aws.registrar_role import ACTIONS
from lab.aws.side import AwsSide, Fault
from lab.sessions import session_of


def client_of(side: AwsSide, environment: dict[str, str], service: str) -> Any:
    """A client with the credentials of an environment that tries each call once."""
    session = session_of(environment)
    config = Config(retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=side.endpoint_url, config=config)


@pytest.fixture
def registrar(side: AwsSide) -> dict[str, str]:
    """The environment of a session of the registrar's role."""
    return side.role_environment("eks-registrar")


def test_the_registrar_may_read_and_nothing_else(side: AwsSide, registrar: dict[str, str]) -> None:
    """Its reads work; a write of IAM, a read that it does not need, and EventBridge do not."""
    iam = client_of(side, registrar, "iam")
    assert iam.get_role(RoleName="eks-registrar")["Role"]["RoleName"] == "eks-registrar"
    assert client_of(side, registrar, "eks").describe_cluster(name="lab")["cluster"]["name"] == "lab"
    with pytest.raises(iam.exceptions.ClientError, match="AccessDenied"):
        iam.tag_role(RoleName="eks-registrar", Tags=[{"Key": "k", "Value": "v"}])
    with pytest.raises(iam.exceptions.ClientError, match="AccessDenied"):
        iam.list_users()
    eks = client_of(side, registrar, "eks")
    with pytest.raises(eks.exceptions.ClientError, match="AccessDeniedException"):
        eks.delete_cluster(name="lab")
    events = client_of(side, registrar, "events")
    with pytest.raises(events.exceptions.ClientError, match="AccessDeniedException"):
        events.list_rules()


def test_the_registrar_has_no_write_of_iam_or_eks() -> None:
    """The list itself: reads, and the messages of its queues."""
    writes = [action for action in ACTIONS if not action.split(":")[1].startswith(("Get", "Describe", "List"))]
    assert {action.split(":")[0] for action in writes} == {"sqs"}


def test_an_explicit_deny_wins(side: AwsSide, registrar: dict[str, str]) -> None:
    """How a test takes a right away from the registrar, and gives it back."""
    iam = side.client("iam")
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:Get*", "Resource": "*"}}
    named = {"RoleName": "eks-registrar", "PolicyName": "deny"}
    iam.put_role_policy(**named, PolicyDocument=json.dumps(deny))
    mine = client_of(side, registrar, "iam")
    with pytest.raises(mine.exceptions.ClientError, match="explicit deny"):
        mine.get_role(RoleName="eks-registrar")
    iam.delete_role_policy(**named)
    assert mine.get_role(RoleName="eks-registrar")["Role"]["RoleName"] == "eks-registrar"


def test_policies_of_groups_and_managed_policies_count(side: AwsSide) -> None:
    """A user gets rights from a group and from an attached policy, in any case and with wildcards."""
    iam = side.client("iam")
    iam.create_user(UserName="frank")
    key = iam.create_access_key(UserName="frank")["AccessKey"]
    environment = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    mine = client_of(side, environment, "iam")
    with pytest.raises(mine.exceptions.ClientError, match="AccessDenied"):
        mine.list_users()
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:listU*", "Resource": "*"}]}
    iam.create_group(GroupName="listers")
    iam.put_group_policy(GroupName="listers", PolicyName="p", PolicyDocument=json.dumps(allow))
    iam.add_user_to_group(GroupName="listers", UserName="frank")
    assert mine.list_users()["Users"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}]}
    arn = iam.create_policy(PolicyName="most", PolicyDocument=json.dumps(everything))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="frank", PolicyArn=arn)
    assert mine.list_roles()["Roles"]


def test_a_fault_meets_the_next_calls_of_its_action_only(side: AwsSide, registrar: dict[str, str]) -> None:
    """Throttling as IAM answers it, as often as asked, and then IAM is itself again."""
    iam = client_of(side, registrar, "iam")
    side.let_fail(Fault("iam:GetRole", "Throttling", 400, "Rate exceeded", times=2))
    client_of(side, registrar, "eks").describe_cluster(name="lab")
    for _ in range(2):
        with pytest.raises(iam.exceptions.ClientError, match=r"\(Throttling\).*Rate exceeded"):
            iam.get_role(RoleName="eks-registrar")
    assert iam.get_role(RoleName="eks-registrar")


def test_faults_can_be_taken_back(side: AwsSide, registrar: dict[str, str]) -> None:
    """A test leaves nothing behind."""
    side.let_fail(Fault("eks:DescribeCluster", "ServerException", 500, "try later", times=100))
    eks = client_of(side, registrar, "eks")
    with pytest.raises(eks.exceptions.ServerException):
        eks.describe_cluster(name="lab")
    side.heal()
    assert eks.describe_cluster(name="lab")
