"""What of a row has a form as an access entry."""

import pytest
from moves import ACCOUNT, OLD, role_arn

from registrar.migration.model import BRIDGE, CLUSTER_ADMIN, Found
from registrar.migration.rendering import NeedsPolicy, NoEntry, entry_of
from registrar.sinks.role_mapping import RoleMapping

ROLE = Found(role_arn("dev", "/teams/"), OLD)
USER = Found(f"arn:aws:iam::{ACCOUNT}:user/staff/ann", OLD)
SESSION = "{{SessionName}}"


def mapping(username: str, *groups: str) -> RoleMapping:
    """A row of anybody."""
    return RoleMapping("arn", None, username, groups)


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("dev", "dev"),
        (f"dev:{SESSION}", f"dev:{SESSION}"),
        ("{{AccountID}}:dev", f"{ACCOUNT}:dev"),
        ("", f"arn:aws:sts::{ACCOUNT}:assumed-role/dev/{SESSION}"),
    ],
)
def test_the_username_of_a_role(written: str, made: str) -> None:
    """As the authenticator renders it; without one, what EKS chooses."""
    assert entry_of(mapping(written), ROLE, False).username == made


@pytest.mark.parametrize(("written", "made"), [("ann", "ann"), (f"u:{SESSION}", "u:"), ("", USER.arn)])
def test_the_username_of_a_user(written: str, made: str) -> None:
    """A user has no session: its name is empty."""
    assert entry_of(mapping(written), USER, False).username == made


@pytest.mark.parametrize(
    ("username", "why"),
    [
        (f"dev-{SESSION}", "a colon before"),
        (SESSION, "a colon before"),
        ("dev:{{SessionNameRaw}}", "which no access entry renders"),
        ("dev:{{AccessKeyID}}", "which no access entry renders"),
        ("dev:{{Team}}", "braces"),
        ("system:admin", "begins with system:"),
        ("eks:admin", "begins with eks:"),
        ("aws:x", "begins with aws:"),
        ("amazon:x", "begins with amazon:"),
        ("IAM:x", "begins with iam:"),
    ],
)
def test_a_username_that_no_entry_has(username: str, why: str) -> None:
    """Each with its reason."""
    with pytest.raises(NoEntry, match=why):
        entry_of(mapping(username), ROLE, False)


@pytest.mark.parametrize(
    ("group", "why"),
    [
        ("system:authenticated", "begins with system:"),
        (f"team:{SESSION}", "a template"),
        (f"s{SESSION}em:masters", "a template"),
        ("{{AccessKeyID}}", "a template"),
    ],
)
def test_a_group_that_no_entry_has(group: str, why: str) -> None:
    """Each with its reason."""
    with pytest.raises(NoEntry, match=why):
        entry_of(mapping("dev", "fine", group), ROLE, True)


def test_groups_are_each_once_sorted_and_without_empty_ones() -> None:
    """A number unquoted is an empty group to the authenticator, and no binding can name it."""
    made = entry_of(mapping("dev", "b", "", "a", "b", "of-{{AccountID}}"), ROLE, False)
    assert (made.arn, made.groups, made.policies) == (ROLE.arn, ("a", "b", f"of-{ACCOUNT}"), ())
    assert made.first_groups == made.groups


def test_masters_get_the_policy_on_request_alone() -> None:
    """And a bridge until it counts."""
    with pytest.raises(NeedsPolicy, match="--cluster-admin-policy"):
        entry_of(mapping("ops", "system:masters"), ROLE, False)
    made = entry_of(mapping("ops", "system:masters", "x"), ROLE, True)
    assert (made.groups, made.policies, made.first_groups) == (("x",), (CLUSTER_ADMIN,), (BRIDGE, "x"))
