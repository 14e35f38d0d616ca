"""All roles of an account, in pages: whether they were all read is part of what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from registrar.errors import SourceDenied, Throttled, Unreachable
from registrar.model import Gone
from registrar.sources.iam import IamRoles, PartOfAccount, WholeAccount
from tests.unit.samples import ACCOUNT, ref

OPERATION = "get_account_authorization_details"


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """An IAM client that answers what a test tells it to, and reaches nobody."""
    client = boto3.client("iam", "us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example")
    with Stubber(client) as stubber:
        yield stubber


def page(*names: str, marker: str | None = None, more: bool | None = None, account: str = ACCOUNT) -> dict[str, Any]:
    """A page of roles; with a marker there is more."""
    roles = [
        {
            "Path": "/",
            "RoleName": name,
            "RoleId": "AROAEXAMPLEEXAMPLE",
            "Arn": f"arn:aws:iam::{account}:role/{name}",
            "CreateDate": datetime(2026, 11, 1, tzinfo=UTC),
            "Tags": [{"Key": "eks-registrar", "Value": "view"}],
        }
        for name in names
    ]
    truncated = marker is not None if more is None else more
    return {"RoleDetailList": roles, "IsTruncated": truncated} | ({"Marker": marker} if marker else {})


def read(stub: Stubber) -> WholeAccount | PartOfAccount:
    """What the reading comes to."""
    return IamRoles(stub.client).read_account(ACCOUNT)


def test_every_page_is_read(stub: Stubber) -> None:
    """A name that stands on no page is gone."""
    stub.add_response(OPERATION, page("alice", marker="m"), {"Filter": ["Role"], "MaxItems": 1000})
    stub.add_response(OPERATION, page("bob"), {"Filter": ["Role"], "MaxItems": 1000, "Marker": "m"})
    found = read(stub)
    assert isinstance(found, WholeAccount)
    assert set(found.roles) == {ref("alice"), ref("bob")}
    assert found.tell(ref("ALICE")).ref == ref("alice")
    assert found.tell(ref("carol")) == Gone(ref("carol"))


@pytest.mark.parametrize(
    ("second", "kind"),
    [("Throttling", Throttled), ("AccessDenied", SourceDenied), ("ServiceFailure", Unreachable)],
)
def test_a_reading_that_breaks_off_is_no_account(stub: Stubber, second: str, kind: type[Exception]) -> None:
    """It says how far it came and why, and of no role that it is gone."""
    stub.add_response(OPERATION, page("alice", marker="m"))
    stub.add_client_error(OPERATION, second, "no")
    found = read(stub)
    assert isinstance(found, PartOfAccount)
    assert (found.roles_read, type(found.error)) == (1, kind)
    assert "after 1 roles; nothing was changed" in str(found.error)


@pytest.mark.parametrize(
    "answer",
    [page("bob", more=True), page("bob", marker="m"), {"RoleDetailList": []}],
    ids=["more without a marker", "the same marker again", "half an answer"],
)
def test_a_way_that_does_not_go_on_is_no_end(stub: Stubber, answer: dict[str, Any]) -> None:
    """SDK paginators stop there in silence."""
    stub.add_response(OPERATION, page("alice", marker="m"))
    stub.add_response(OPERATION, answer)
    found = read(stub)
    assert isinstance(found, PartOfAccount)
    assert isinstance(found.error, Unreachable)


def test_the_roles_of_another_account_are_not_taken_for_ours(stub: Stubber) -> None:
    """Wrong credentials would make every role of the right account look gone."""
    stub.add_response(OPERATION, page("alice", account="111122223333"))
    found = read(stub)
    assert isinstance(found, PartOfAccount)
    assert "read another account" in str(found.error)
