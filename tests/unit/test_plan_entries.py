"""What changes in a cluster whose access is written as access entries, alone or beside rows of aws-auth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registrar.desired import desired
from registrar.held import MOST_ENTRIES, Held
from registrar.model import BindingState, Gone, RbacView, Role, Row
from registrar.plan import Plan, make_plan
from registrar.policy import Cluster
from tests.unit.alice import entry, person
from tests.unit.samples import MARKS, PREFIX, policy_of, prod, ref, row, there

POLICY = policy_of(
    """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*", "group=oncall", "policy=AmazonEKSViewPolicy@*",
    "policy=AmazonEKSViewPolicy"]}
"""
)
A, B, VIEW = "eks-registrar:edit@a", "eks-registrar:edit@b", "eks-registrar:view"
PROD: Cluster = replace(prod(POLICY), backend="access-entries")
ALICE = f"arn:aws:iam::{ref().account}:role/dev/alice"


def planned(
    principal: Role | Gone, *rows: Row, view: RbacView | None = None, growing: bool = True, **of_held: Any
) -> Plan:
    """The plan for one principal over what the cluster holds of ours."""
    held = replace(Held(rows, entries=True), **of_held)
    return make_plan(desired([principal], POLICY, PROD), held, {}, view or there(A, B, VIEW), MARKS, growing=growing)


def test_an_entry_has_the_arn_with_its_path_and_the_role_id() -> None:
    """A row of aws-auth has neither."""
    plan = planned(person("edit@a", "group=oncall"))
    assert plan.rows == (Row(ALICE, f"{PREFIX}:{ref()}:{{{{SessionName}}}}", (A, "oncall"), True, "AROAEXAMPLE"),)


def test_access_policies_alone_make_an_entry() -> None:
    """No group is needed, and one policy for the whole cluster has its namespaces in it."""
    plan = planned(person("policy=AmazonEKSViewPolicy@a", "policy=AmazonEKSViewPolicy"))
    assert plan.rows == (entry("policy=AmazonEKSViewPolicy"),)
    assert plan.make == ()
    assert planned(person("policy=AmazonEKSViewPolicy"), *(plan.rows or ())).empty


def test_an_entry_that_eks_does_not_honour_is_made_again() -> None:
    """The role was made again: the entry is listed and gives nothing."""
    plan = planned(person("edit@a"), entry("edit@a", role_id=""))
    [change] = plan.changes
    assert change.revives
    assert not change.takes_away
    assert change.gives == (A,)
    assert plan.rows == (entry("edit@a"),)


def test_an_entry_that_eks_does_not_honour_is_not_made_again_where_nothing_may_be_given() -> None:
    """What it would give is new to the role of today: a foreign row may speak for it by now."""
    dead = entry("edit@a", "policy=AmazonEKSViewPolicy", role_id="")
    assert planned(person("edit@a", "policy=AmazonEKSViewPolicy"), dead, growing=False).rows == ()


@pytest.mark.parametrize(
    ("stands", "asked", "stays"),
    [
        ("@a", ("@a", ""), "@a"),
        ("", ("@a",), "@a"),
        ("@a", ("",), "@a"),
        ("@a", ("@b",), None),
    ],
    ids=["grows", "shrinks", "grows by another word", "moves"],
)
def test_where_nothing_may_be_given_a_policy_stays_as_far_as_it_is_wanted(
    stands: str, asked: tuple[str, ...], stays: str | None
) -> None:
    """The whole cluster has every namespace in it."""
    policy = "policy=AmazonEKSViewPolicy"
    plan = planned(person(*(policy + where for where in asked)), entry(policy + stands), growing=False)
    left = () if stays is None else (entry(policy + stays),)
    assert plan.rows == (None if left == (entry(policy + stands),) else left)


def test_more_of_a_policy_takes_nothing_away() -> None:
    """And less of it does."""
    everywhere, there_only = "policy=AmazonEKSViewPolicy", "policy=AmazonEKSViewPolicy@a"
    assert [change.takes_away for change in planned(person(everywhere), entry(there_only)).changes] == [False]
    assert [change.takes_away for change in planned(person(there_only), entry(everywhere)).changes] == [True]


def test_a_binding_that_fails_takes_nothing_that_a_row_gave() -> None:
    """The entry that wins over the row gives it, too."""
    view = RbacView({A: (BindingState.WRONG, ("u", "1"))}, failed={A: "403"})
    beside = row("alice", "edit@a")
    assert planned(person("edit@a", "edit@b"), beside, view=view).rows == tuple(
        sorted((beside, entry("edit@a", "edit@b")))
    )


def test_the_entry_of_a_role_that_moved_to_another_path_goes() -> None:
    """It has the same owner and another ARN."""
    old = entry("edit@a", arn=ALICE.replace("/dev/", "/ops/"))
    assert planned(person("edit@a"), old).rows == (entry("edit@a"),)


def test_a_policy_that_is_not_asked_for_is_taken_away() -> None:
    """Whoever associated it with our entry."""
    plan = planned(person("edit@a"), entry("edit@a", "policy=AmazonEKSViewPolicy@a"))
    assert plan.rows == (entry("edit@a"),)
    assert plan.changes[0].takes_away


def test_no_binding_is_dropped_where_not_all_entries_are_known() -> None:
    """Who else uses the group can only be told by the whole list; that is the sweep's."""
    assert planned(person(), entry("edit@a"), whole=False).drop == ()
    assert [binding.group for binding in planned(person(), entry("edit@a")).drop] == [A]


def test_no_binding_is_dropped_while_an_entry_changes() -> None:
    """EKS takes some seconds: who has view and edit by turns must not be without both; the next sweep drops it."""
    view = there(A, B, VIEW)
    changed = planned(person("edit@b"), entry("edit@a"), view=view)
    assert changed.drop == ()
    whole = replace(view, whole=True)
    assert planned(person("edit@b"), entry("edit@b"), view=whole, changing=True).drop == ()
    assert [binding.group for binding in planned(person("edit@b"), entry("edit@b"), view=whole).drop] == [A, VIEW]


@pytest.mark.parametrize("others", [MOST_ENTRIES - 1, MOST_ENTRIES, 2 * MOST_ENTRIES])
def test_no_count_of_ours_refuses_an_entry(others: int) -> None:
    """AWS can raise the quota, and EKS alone knows it: it is planned, and EKS says whether there is room."""
    made = planned(person("edit@a"), others=others)
    assert (made.rows, made.too_large) == ((entry("edit@a"),), ())
    wider = planned(person("edit@a", "edit@b"), entry("edit@a"), others=others)
    assert (wider.rows, wider.too_large) == ((entry("edit@a", "edit@b"),), ())
    assert planned(person(), entry("edit@a"), others=others).rows == ()


@pytest.mark.parametrize("settled", [True, False])
def test_a_row_beside_an_entry_goes_when_the_entry_is_settled(settled: bool) -> None:
    """Before that it stays: the entry may not be in effect yet."""
    beside, ours = row("alice", "edit@a"), entry("edit@a")
    plan = planned(person("edit@a"), ours, beside, settled=frozenset({ALICE.lower()} if settled else ()))
    assert plan.empty is not settled
    if settled:
        assert plan.rows == (ours,)
        assert (plan.changes[0].before, plan.changes[0].after) == (ours, ours)
        assert not plan.changes[0].takes_away


def test_a_row_beside_an_entry_that_changes_now_stays() -> None:
    """However long the entry stood: what it becomes has not."""
    plan = planned(
        person("edit@a", "edit@b"), entry("edit@a"), row("alice", "edit@a"), settled=frozenset({ALICE.lower()})
    )
    assert plan.rows == tuple(sorted((row("alice", "edit@a"), entry("edit@a", "edit@b"))))


def test_a_row_without_an_entry_stays_until_the_entry_stands() -> None:
    """It is narrowed at once, for the entry that wins over it may not come to be."""
    plan = planned(person("edit@a"), row("alice", "edit@a", "view"))
    assert plan.rows == tuple(sorted((row("alice", "edit@a"), entry("edit@a"))))
    assert plan.changes[0].takes_away


@pytest.mark.parametrize("principal", [person(), Gone(ref())])
def test_nothing_desired_removes_both(principal: Role | Gone) -> None:
    """A row left behind would give access back."""
    plan = planned(principal, entry("edit@a"), row("alice", "edit@a"))
    assert plan.rows == ()
    assert [change.action for change in plan.changes] == ["remove"]


def test_a_binding_that_fails_takes_nothing_from_an_entry() -> None:
    """As with rows: one refused request is no removal for everybody."""
    view = RbacView({A: (BindingState.WRONG, ("u", "1"))}, failed={A: "403"})
    assert planned(person("edit@a"), entry("edit@a"), view=view).rows is None
