"""What changes in a cluster: each row of the planner's table, conflicts, waiting, bindings, and the size guard."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from registrar import held as held_rows
from registrar.desired import desired
from registrar.held import Held, row_bytes
from registrar.marks import binding_of, row_for
from registrar.model import BindingState, Desired, Gone, RbacView, Role, Row, Verdict
from registrar.plan import Plan, groups_of_interest, make_plan
from tests.unit.samples import MARKS, PREFIX, asks, policy_of, prod, ref, row, there

POLICY = policy_of()
A, B, VIEW = "eks-registrar:edit@a", "eks-registrar:edit@b", "eks-registrar:view"


def wants(*principals: Role | Gone) -> tuple[Desired, ...]:
    """What these principals should have in prod."""
    return desired(principals, POLICY, prod(POLICY))


def planned(wanted: Iterable[Desired], *rows: Row, view: RbacView | None = None, conflict: str | None = None) -> Plan:
    """The plan for some principals over some rows of ours; ``conflict`` claims alice."""
    claims = {ref("alice"): conflict} if conflict else {}
    return make_plan(tuple(wanted), Held(rows), claims, view or there(A, B, VIEW), MARKS)


def actions(plan: Plan) -> list[tuple[str, str]]:
    """The changes in short."""
    return [(change.ref.name, change.action) for change in plan.changes]


def test_some_desired_and_no_row_is_an_addition() -> None:
    """The new row is sorted in among the others."""
    plan = planned(wants(asks("edit@a")), row("bob", "view"))
    assert actions(plan) == [("alice", "add")]
    assert plan.rows == (row("alice", "edit@a"), row("bob", "view"))


def test_other_groups_are_a_change() -> None:
    """The row holds what is desired now, and nothing of before."""
    plan = planned(wants(asks("edit@b")), row("alice", "edit@a", "view"))
    assert actions(plan) == [("alice", "change")]
    assert plan.rows == (row("alice", "edit@b"),)


def test_the_same_groups_are_nothing() -> None:
    """No change, no write, no binding touched."""
    plan = planned(wants(asks("edit@a")), row("alice", "edit@a"))
    assert plan.empty
    assert plan.changes == ()


@pytest.mark.parametrize("principal", [asks(), Gone(ref("alice")), Gone(ref("ALICE")), asks("cluster-admin")])
def test_nothing_desired_is_a_removal(principal: Role | Gone) -> None:
    """Untagged, deleted (however the event spelt it) or asking for too much: the row goes, and only it."""
    plan = planned(wants(principal), row("alice", "edit@a"), row("bob", "edit@a"))
    assert [change.action for change in plan.changes] == ["remove"]
    assert plan.rows == (row("bob", "edit@a"),)


def test_nothing_desired_and_nothing_held_is_nothing() -> None:
    """A role without tags costs no write."""
    assert planned(wants(asks()), row("bob", "view")).empty


def test_a_conflict_removes_our_row_and_is_reported() -> None:
    """A foreign row for the same role is never shadowed."""
    plan = planned(wants(asks("edit@a")), row("alice", "edit@a"), conflict="a row that is not ours speaks for it")
    assert (actions(plan), plan.rows, plan.make) == ([("alice", "remove")], (), ())
    [decision] = plan.decisions[ref("alice")]
    assert (decision.verdict, decision.reason) == (Verdict.CONFLICT, "a row that is not ours speaks for it")


def test_a_conflict_without_a_row_of_ours_changes_nothing() -> None:
    """It is reported all the same."""
    plan = planned(wants(asks("edit@a")), conflict="claimed")
    assert plan.empty
    assert [d.verdict for d in plan.decisions[ref("alice")]] == [Verdict.CONFLICT]


def test_a_conflict_keeps_the_reason_of_what_was_refused_anyway() -> None:
    """The refused grant of a claimed role is still told as refused."""
    plan = planned(wants(asks("edit@a", "cluster-admin")), conflict="claimed")
    assert [d.verdict for d in plan.decisions[ref("alice")]] == [Verdict.CONFLICT, Verdict.REFUSED]


@pytest.mark.parametrize("what", ["namespace a", "ClusterRole edit"])
def test_a_grant_waits_for_what_is_missing(what: str) -> None:
    """The grant is not in the row and is reported; the rest goes ahead."""
    view = RbacView(there(VIEW).found, missing={A: what})
    plan = planned(wants(asks("edit@a", "view")), view=view)
    assert plan.rows == (row("alice", "view"),)
    waiting, allowed = plan.decisions[ref("alice")]
    assert (waiting.verdict, waiting.reason) == (Verdict.WAITING, f"{what} does not exist")
    assert allowed.verdict is Verdict.ALLOWED
    assert plan.make == ()


def test_a_namespace_that_goes_sets_its_grant_back_to_waiting() -> None:
    """A row does not keep a group whose namespace is gone, even where a binding still seems right."""
    plan = planned(wants(asks("edit@a")), row("alice", "edit@a"), view=RbacView(there(A).found, {A: "namespace a"}))
    assert actions(plan) == [("alice", "remove")]


def test_a_binding_that_could_not_be_made_fails_its_grant_alone() -> None:
    """No row promises what has no binding."""
    view = RbacView(there(A, B, state=BindingState.ABSENT).found, failed={A: "RBAC says no"})
    plan = planned(wants(asks("edit@a", "edit@b")), view=view)
    assert plan.rows == (row("alice", "edit@b"),)
    failed, _ = plan.decisions[ref("alice")]
    assert (failed.verdict, failed.reason) == (Verdict.FAILED, "RBAC says no")
    assert [b.group for b in plan.make] == [B]


def test_a_foreign_binding_of_our_name_is_a_conflict_of_that_grant() -> None:
    """Whose binding it is, and what it gives, nobody knows: the group is not used, the binding not touched."""
    view = RbacView({**there(A, state=BindingState.FOREIGN).found, **there(B).found})
    plan = planned(wants(asks("edit@a", "edit@b")), row("alice", "edit@a", "edit@b"), view=view)
    assert plan.rows == (row("alice", "edit@b"),)
    assert [d.verdict for d in plan.decisions[ref("alice")]] == [Verdict.CONFLICT, Verdict.ALLOWED]
    assert (plan.make, plan.drop) == ((), ())


@pytest.mark.parametrize("state", [BindingState.ABSENT, BindingState.WRONG])
def test_a_binding_is_made_or_put_right(state: BindingState) -> None:
    """Also for a row that stands already: someone deleted or changed the binding behind it."""
    for held in ((), (row("alice", "edit@a"),)):
        plan = planned(wants(asks("edit@a", "group=oncall")), *held, view=there(A, state=state))
        assert plan.make == (binding_of(A, MARKS),)


def test_a_group_of_the_customer_s_has_no_binding() -> None:
    """``group=`` joins what exists; nothing is made or dropped for it."""
    plan = planned(wants(asks("group=oncall")), view=RbacView())
    assert (plan.rows, plan.make) == ((row("alice", "group=oncall"),), ())
    assert planned(wants(asks()), row("alice", "group=oncall"), view=RbacView()).drop == ()


def test_a_binding_is_dropped_with_the_last_row_that_uses_it() -> None:
    """And not before."""
    assert planned(wants(asks()), row("alice", "edit@a")).drop == (binding_of(A, MARKS),)
    assert planned(wants(asks()), row("alice", "edit@a"), row("bob", "edit@a")).drop == ()
    moved = planned(wants(asks(), asks("edit@a", name="bob")), row("alice", "edit@a"))
    assert (moved.make, moved.drop) == ((), ())


@pytest.mark.parametrize("state", [BindingState.ABSENT, BindingState.FOREIGN])
def test_only_a_binding_of_ours_is_dropped(state: BindingState) -> None:
    """What is absent or foreign is left alone."""
    assert planned(wants(asks()), row("alice", "edit@a"), view=there(A, state=state)).drop == ()


def test_a_row_of_another_role_is_never_touched() -> None:
    """However close its name, its ARN or its groups are."""
    others = (
        row("alice2", "edit@a"),
        row("xalice", "edit@a"),
        row_for(asks(account="111122223333"), (A,), PREFIX),
        Row("arn:aws:iam::123456789012:role/edited", "eks-registrar:edited by hand", (A,)),
    )
    plan = planned(wants(Gone(ref("alice"))), row("alice", "edit@a"), *others)
    assert plan.rows == tuple(sorted(others))


def test_a_row_whose_username_was_edited_is_known_by_its_arn() -> None:
    """It is put right rather than doubled."""
    edited = Row(row("alice", "edit@a").arn.upper(), "eks-registrar:edited by hand", (A, "system:masters"))
    plan = planned(wants(asks("edit@a")), edited)
    assert plan.rows == (row("alice", "edit@a"),)


def test_doubled_rows_of_a_role_become_one() -> None:
    """The authenticator lets the last win, so only one may stand."""
    plan = planned(wants(asks("edit@a")), row("alice", "edit@a"), row("alice", "edit@b"))
    assert plan.rows == (row("alice", "edit@a"),)


def test_groups_that_nobody_desires_leave_a_row_of_ours() -> None:
    """Somebody's additions to our row do not survive the next look."""
    planted = Row(row("alice").arn, row("alice").username, (A, "system:masters"))
    assert planned(wants(asks("edit@a")), planted).rows == (row("alice", "edit@a"),)


def test_rows_in_a_foreign_style_are_written_anew() -> None:
    """The same content in another tool's style is a write without a change."""
    held = Held((row("alice", "edit@a"),), canonical=False)
    plan = make_plan(wants(asks("edit@a")), held, {}, there(A), MARKS)
    assert (plan.rows, plan.changes) == ((row("alice", "edit@a"),), ())


def test_the_bindings_of_interest_are_those_desired_and_those_left() -> None:
    """The cost is that of the roles named: other rows' groups are not looked up."""
    held = Held((row("alice", "view", "group=oncall"), row("bob", "edit@b")))
    assert groups_of_interest(wants(asks("edit@a")), held, MARKS) == (A, VIEW)
    assert groups_of_interest(wants(Gone(ref("alice"))), held, MARKS) == (VIEW,)


def full(*rows: Row) -> Held:
    """An aws-auth without room for one byte more."""
    return Held(rows, foreign_bytes=held_rows.MOST_BYTES - sum(map(row_bytes, rows)))


def test_a_full_aws_auth_takes_no_new_row() -> None:
    """The principal is named, nothing is written, and no binding is made for a row that is not there."""
    plan = make_plan(wants(asks("edit@a")), full(), {}, there(A, state=BindingState.ABSENT), MARKS)
    assert plan.too_large == (ref("alice"),)
    assert plan.empty


def test_a_full_aws_auth_lets_every_removal_pass() -> None:
    """Of a whole row, and of a group while another is asked for."""
    view = there(A, B, VIEW)
    gone = make_plan(wants(asks()), full(row("alice", "edit@a")), {}, view, MARKS)
    assert (gone.rows, gone.too_large) == ((), ())
    less = make_plan(wants(asks("view")), full(row("alice", "edit@a", "view")), {}, view, MARKS)
    assert (less.rows, less.too_large) == ((row("alice", "view"),), ())


def test_a_full_aws_auth_gives_up_what_is_revoked_even_where_more_is_asked_for() -> None:
    """The old group goes, the new one finds no room and is reported."""
    more = tuple(f"edit@{'n' * 60}{n}" for n in range(3))
    plan = make_plan(wants(asks("view", *more)), full(row("alice", "edit@a", "view")), {}, there(A, VIEW), MARKS)
    assert plan.rows == (row("alice", "view"),)
    assert plan.too_large == (ref("alice"),)
    none_left = make_plan(wants(asks(*more)), full(row("alice", "edit@a")), {}, there(A), MARKS)
    assert (none_left.rows, actions(none_left)) == ((), [("alice", "remove")])


def test_the_last_row_that_fits_is_taken() -> None:
    """The limit is exact: 700,000 bytes are allowed, one more is not."""
    size = row_bytes(row("alice", "edit@a"))
    for spare, fits in ((0, True), (1, False)):
        held = Held((), foreign_bytes=held_rows.MOST_BYTES - size + spare)
        plan = make_plan(wants(asks("edit@a")), held, {}, there(A), MARKS)
        assert (plan.too_large == ()) is fits


def test_three_thousand_rows_are_the_most() -> None:
    """The 3,001st role is not granted; a change of one that stands is."""
    held = Held(tuple(row(f"r{n:04}", "view") for n in range(held_rows.MOST_ROWS)))
    view = there(A, VIEW)
    assert make_plan(wants(asks("view")), held, {}, view, MARKS).too_large == (ref("alice"),)
    assert make_plan(wants(asks("edit@a", name="r0007")), held, {}, view, MARKS).too_large == ()
