"""The names that mark what is ours, and how they are read back."""

from __future__ import annotations

import pytest

from registrar.marks import (
    Marks,
    binding_of,
    controller_group,
    group_of,
    is_our_row,
    is_way_in,
    owner_of,
    row_for,
    username_of,
)
from registrar.model import Binding, Row
from tests.unit.samples import MARKS, grant, ref, role

OURS = "eks-registrar"


def test_a_row_carries_the_mark_and_no_path() -> None:
    """Username, ARN and groups have the fixed form; groups are sorted, each once."""
    assert row_for(role(path="/dev/", partition="aws-cn"), ("b", "a", "b"), OURS) == Row(
        "arn:aws-cn:iam::123456789012:role/alice",
        "eks-registrar:123456789012:role/alice:{{SessionName}}",
        ("a", "b"),
    )


@pytest.mark.parametrize("name", ["alice", "A_b+c=d,e.f@g-h", "a" * 64])
def test_the_owner_is_read_back_from_the_username(name: str) -> None:
    """No state is kept elsewhere: the row says whose it is."""
    owner = owner_of(username_of(ref(name), OURS), MARKS)
    assert owner is not None
    assert (owner.account, owner.name) == ("123456789012", name)


@pytest.mark.parametrize(
    "username",
    [
        "eks-registrar-2:123456789012:role/alice:{{SessionName}}", "other:123456789012:role/alice:{{SessionName}}",
        "123456789012:role/alice:{{SessionName}}", "eks-registrar:123456789012:role/alice", "eks-registrar:",
        "eks-registrar:123456789012:user/alice", "eks-registrar:1:role/a/b:{{SessionName}}", "", "eks-registrar",
        "eks-registrar:eks-registrar:123456789012:role/alice:{{SessionName}}",
    ],
)  # fmt: skip
def test_another_username_has_no_owner_of_ours(username: str) -> None:
    """Rows of other installations and rows that somebody edited belong to no role by their name."""
    assert owner_of(username, MARKS) is None


@pytest.mark.parametrize("group", ["eks-registrar-controller", "old-name-controller"])
def test_the_registrars_own_way_in_is_never_ours(group: str) -> None:
    """Whatever its username was made into, beside whatever other groups, and under a former name as well."""
    marks, username = Marks(OURS, ("old-name",)), username_of(ref("eks-registrar"), OURS)
    assert is_our_row(username, ("oncall",), marks)
    assert not is_our_row(username, ("oncall", group), marks)
    assert is_way_in((group,), marks)


def test_a_group_that_merely_contains_the_registrars_own_is_no_way_in() -> None:
    """Else a group of the customer's would hide a row of ours from the sweep."""
    near = ("eks-registrar-controllers", "my-eks-registrar-controller", "eks-registrar", "EKS-registrar-controller")
    assert not is_way_in(near, MARKS)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("edit@payments", "eks-registrar:edit@payments"),
        ("view", "eks-registrar:view"),
        ("group=oncall", "oncall"),
        ("policy=AmazonEKSViewPolicy", None),
    ],
)
def test_the_group_of_a_grant(text: str, group: str | None) -> None:
    """A ClusterRole's group says role and namespace; a group is itself; an access policy has none."""
    assert group_of(grant(text), OURS) == group


@pytest.mark.parametrize(
    ("group", "role_name", "namespace"),
    [("eks-registrar:edit@payments", "edit", "payments"), ("eks-registrar:my:role", "my:role", None)],
)
def test_the_binding_behind_a_group(group: str, role_name: str, namespace: str | None) -> None:
    """One binding per group, named after the installation and the ClusterRole."""
    assert binding_of(group, MARKS) == Binding(
        group, role_name, namespace, f"eks-registrar:{role_name}", "eks-registrar"
    )


@pytest.mark.parametrize(
    "group",
    [
        "oncall", "system:masters", "eks-registrar",
        "eks-registrar:", "eks-registrar-controller", "other:edit@payments",
        "eks-registrar:../x",
        "eks-registrar:a/b", "eks-registrar:edit@", "eks-registrar:edit@a@b", "eks-registrar:a%2f",
        "eks-registrar:edit@Payments", "eks-registrar:edit@a\n", "eks-registrar:ed\u0131t", "eks-registrar:edit@a/../b",
    ],
)  # fmt: skip
def test_no_other_group_has_a_binding(group: str) -> None:
    """What stands in aws-auth may be anybody's text: it never becomes a request's path."""
    assert binding_of(group, MARKS) is None


def test_the_controller_s_group_is_outside_the_granted_ones() -> None:
    """No grant can spell it, and no binding of ours stands behind it."""
    assert controller_group(OURS) == "eks-registrar-controller"
    assert binding_of(controller_group(OURS), MARKS) is None
