"""Roles as IAM tells them: botocore's own client and parser over recorded answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from registrar.errors import RegistrarError, SourceDenied, Throttled, Unreachable
from registrar.model import Gone, Role
from registrar.sources.iam import IamRoles, role_from
from tests.unit.samples import ref

CREATED = datetime(2026, 11, 1, tzinfo=UTC)
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def answer(trust: Any = None, **more: Any) -> dict[str, Any]:
    """A role in the shape of GetRole's answer, its trust policy as the text that IAM sends."""
    role = {
        "Path": "/dev/",
        "RoleName": "alice",
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": "arn:aws:iam::123456789012:role/dev/alice",
        "CreateDate": CREATED,
        **more,
    }
    return role if trust is None else {**role, "AssumeRolePolicyDocument": json.dumps(trust)}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """An IAM client that answers what a test tells it to, and reaches nobody."""
    client = boto3.client("iam", "us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def read(stub: Stubber, name: str = "alice") -> Role | Gone:
    """What the source makes of the prepared answer."""
    return IamRoles(stub.client).read(ref(name))


def test_one_call_tells_tags_and_trust(stub: Stubber) -> None:
    """GetRole is all that a role costs."""
    tags = [{"Key": "eks-registrar/prod", "Value": "view edit@a"}, {"Key": "team", "Value": "x"}]
    trust = {"Version": "2012-10-17", "Statement": [EC2]}
    stub.add_response("get_role", {"Role": answer(trust, Tags=tags)}, {"RoleName": "alice"})
    assert read(stub) == Role(
        ref=ref(),
        arn="arn:aws:iam::123456789012:role/dev/alice",
        role_id="AROAEXAMPLEEXAMPLE",
        path="/dev/",
        created=CREATED,
        tags=(("eks-registrar/prod", "view edit@a"), ("team", "x")),
        trusted_services=frozenset({"ec2.amazonaws.com"}),
    )


def test_the_name_is_spelt_as_iam_spells_it(stub: Stubber) -> None:
    """An event may spell the name otherwise; the row must not."""
    stub.add_response("get_role", {"Role": answer()}, {"RoleName": "ALICE"})
    found = read(stub, "ALICE")
    assert isinstance(found, Role)
    assert found.ref.name == "alice"


def test_only_no_such_entity_means_gone(stub: Stubber) -> None:
    """The one answer on which a row may be removed."""
    stub.add_client_error("get_role", "NoSuchEntity", http_status_code=404)
    assert read(stub) == Gone(ref())


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("Throttling", 400, Throttled),
        ("AccessDenied", 403, SourceDenied),
        ("ExpiredToken", 403, Unreachable),
        ("ServiceFailure", 500, Unreachable),
        ("NotFound", 404, Unreachable),
    ],
)
def test_could_not_read_is_never_has_no_tags(
    stub: Stubber, code: str, status: int, error: type[RegistrarError]
) -> None:
    """Any other error raises, to be tried again, and says that nothing was changed for which role."""
    stub.add_client_error("get_role", code, http_status_code=status)
    with pytest.raises(error, match="123456789012:role/alice: iam:GetRole; nothing was changed for this role"):
        read(stub)


def test_the_credentials_of_another_account_read_nothing(stub: Stubber) -> None:
    """A role of the same name in the wrong account is not taken for the one that was meant."""
    stub.add_response("get_role", {"Role": answer(Arn="arn:aws:iam::111122223333:role/dev/alice")})
    with pytest.raises(Unreachable, match="read another account"):
        read(stub)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_role_of_every_partition(partition: str) -> None:
    """The partition is the ARN's; the ARN for aws-auth has no path."""
    found = role_from(answer(Arn=f"arn:{partition}:iam::123456789012:role/dev/alice"), "123456789012")
    assert found.partition == partition
    assert found.arn_without_path == f"arn:{partition}:iam::123456789012:role/alice"


@pytest.mark.parametrize(
    ("statements", "services"),
    [
        ([EC2], {"ec2.amazonaws.com"}),
        (EC2, {"ec2.amazonaws.com"}),
        (
            [{**EC2, "Principal": {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}}],
            {"ec2.amazonaws.com", "ssm.amazonaws.com"},
        ),
        (
            [EC2, {**EC2, "Principal": {"Service": "ssm.amazonaws.com"}}],
            {"ec2.amazonaws.com", "ssm.amazonaws.com"},
        ),
        ([{**EC2, "Principal": {"AWS": "*", "Service": "ec2.amazonaws.com"}}], {"ec2.amazonaws.com"}),
        ([{**EC2, "Principal": {"Service": "*"}}], {"*"}),
        ([{**EC2, "Effect": "Deny"}], set()),
        ([{**EC2, "Principal": "*"}], set()),
        ([{**EC2, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}], set()),
        ([{**EC2, "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/x"}}], set()),
        ([], set()),
    ],
)
def test_the_services_that_a_trust_policy_lets_in(statements: Any, services: set[str]) -> None:
    """Every documented form of a statement: one or many, a text or a list, Allow or Deny."""
    found = role_from({**answer(), "AssumeRolePolicyDocument": {"Statement": statements}}, "123456789012")
    assert found.trusted_services == services


def test_a_role_without_tags_and_trust_has_none() -> None:
    """Absent keys of the answer are empty, not an error."""
    found = role_from(answer(), "123456789012")
    assert (found.tags, found.trusted_services) == ((), frozenset())


def test_a_name_that_no_role_can_have_is_gone_without_a_question(stub: Stubber) -> None:
    """Somebody wrote it into a row of ours: IAM would refuse the question each time, and the row would stay."""
    assert IamRoles(stub.client).read(ref("no such")) == Gone(ref("no such"))
