"""Which foreign row of a role counts, and what else speaks for the same role."""

from __future__ import annotations

import pytest

from registrar.adoption.obstacles import known_role
from registrar.adoption.survey import Found, of_rows, of_users, same
from registrar.errors import AwsAuthUnreadable
from registrar.sinks.map_roles import read_map_roles
from tests.unit.samples import ACCOUNT, MARKS, policy_of, prod, ref, role

ALICE = f"arn:aws:iam::{ACCOUNT}:role/alice"
ROW = f"- rolearn: {ALICE}\n  username: last\n  groups: [devs]\n"


def found(text: str) -> Found:
    """What stands by hand in a body of mapRoles."""
    rows = read_map_roles(text, MARKS)
    return Found(tuple(of_rows(rows)), frozenset(), rows)


def test_the_last_row_of_a_role_counts_whatever_its_case() -> None:
    """The others are counted."""
    [one] = found(f"- rolearn: {ALICE.upper()}\n  username: first\n{ROW}").standing
    assert (one.username, one.groups, one.doubles) == ("last", ("devs",), 1)


def test_a_row_that_the_authenticator_drops_counts_for_nothing() -> None:
    """One with both an ARN and a permission set."""
    dropped = (
        f"- rolearn: {ALICE}\n  sso: {{permissionSetName: x, accountID: '{ACCOUNT}'}}\n  groups: [system:masters]\n"
    )
    assert [one.groups for one in found(ROW + dropped).standing] == [("devs",)]
    assert [one.groups for one in found(dropped).standing] == [()]


def test_a_row_for_a_permission_set_stands_as_a_pattern() -> None:
    """Of all its roles."""
    [one] = found(f"- sso: {{permissionSetName: Ops, accountID: '{ACCOUNT}'}}\n  groups: [ops]\n").standing
    assert one.arn == f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_Ops_*"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (f"- rolearn: arn:aws:iam::{ACCOUNT}:role/al*\n", "another row of aws-auth speaks for this role, too"),
        (f"- rolearn: arn:aws:iam::{ACCOUNT}:role/dev/alice\n", "another row of aws-auth speaks for this role, too"),
        (f"- rolearn: {ALICE}\n  username: twice\n", None),
        ("- rolearn: alice\n", None),
    ],
    ids=["a pattern", "with a path", "the same ARN", "somebody else"],
)
def test_what_else_speaks_for_a_role_has_to_go_first(more: str, why: str | None) -> None:
    """The registrar would find a conflict, and take away what was adopted."""
    there = found(more + ROW)
    standing = next(one for one in there.standing if one.arn == ALICE)
    told = list(there.others(standing, role("alice"), "prod"))
    assert told == [] if why is None else told[0].startswith(why)


def test_a_user_stands_once_and_is_no_role_that_could_be_adopted() -> None:
    """The last row of the same ARN counts."""
    bob = f"arn:aws:iam::{ACCOUNT}:user/team/bob"
    [one] = of_users("".join(f"- userarn: {bob}\n  username: {name}\n  groups: [{name}s]\n" for name in ("a", "b")))
    assert (one.arn, one.username, one.groups, one.entry) == (bob, "b", ("bs",), False)
    assert known_role(one, policy_of(), prod(policy_of())) == "it is for an IAM user, and the registrar registers roles"


def test_map_users_that_cannot_be_read_are_not_taken_for_none() -> None:
    """With key and line."""
    with pytest.raises(AwsAuthUnreadable, match=r"mapUsers cannot be read, line \d"):
        of_users("- userarn: [")


def test_a_row_whose_arn_has_a_path_lets_nobody_in() -> None:
    """So it is no row to be adopted."""
    there = found(ROW.replace("role/alice", "role/dev/alice"))
    assert "has a path" in next(there.others(there.standing[0], role("alice", path="/dev/"), "prod"))


def test_an_entry_beside_a_row_is_told() -> None:
    """It wins."""
    there = Found(found(ROW).standing, frozenset(), None, frozenset({ref("alice")}))
    assert "wins over any row" in next(there.others(there.standing[0], role("alice"), "prod"))


def test_two_arns_are_of_one_role_whatever_the_path() -> None:
    """And of what is no role only if they are the same."""
    assert same(ALICE, f"arn:aws:iam::{ACCOUNT}:role/dev/Alice")
    assert not same(ALICE, f"arn:aws:iam::{ACCOUNT}:role/bob")
    assert same(f"arn:aws:iam::{ACCOUNT}:user/x", f"arn:aws:iam::{ACCOUNT}:user/X")
