"""What changes where rows of aws-auth are written and access entries of ours were left beside them, which win."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registrar import held as held_rows
from registrar.desired import desired
from registrar.held import Held
from registrar.model import BindingState, Gone, Outside, RbacView, Role, Row
from registrar.plan import Plan, make_plan
from registrar.policy import Cluster
from registrar.report import change_text
from tests.unit.alice import entry, person
from tests.unit.samples import MARKS, policy_of, prod, ref, row, there

POLICY = policy_of("""
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*", "group=oncall", "policy=AmazonEKSViewPolicy"]}
""")
A, B, VIEW = "eks-registrar:edit@a", "eks-registrar:edit@b", "eks-registrar:view"
PROD: Cluster = replace(prod(POLICY), backend="aws-auth")


def planned(
    principal: Role | Gone | Outside,
    *rows: Row,
    view: RbacView | None = None,
    conflict: str | None = None,
    growing: bool = True,
    moving: bool = True,
    **of_held: Any,
) -> Plan:
    """The plan for one principal over what the cluster holds of ours."""
    held = replace(Held(rows), **of_held)
    conflicts = {principal.ref: conflict} if conflict else {}
    wanted, seen = desired([principal], POLICY, PROD), view or there(A, B, VIEW)
    return make_plan(wanted, held, conflicts, seen, MARKS, growing=growing, moving=moving)


ROW, WIDER, OTHER = row("alice", "edit@a"), row("alice", "edit@a", "edit@b"), row("alice", "edit@b")
FORMERLY = row("alice", "edit@a", "view")
DEAD = entry("edit@a", role_id="")
EMPTY = entry()
WITH_POLICY = entry("edit@a", "policy=AmazonEKSViewPolicy")
STAYS = "(by a row; the access entry still counts, and goes later)"


@pytest.mark.parametrize(
    ("asked", "stands", "after"),
    [
        pytest.param("edit@a", (entry("edit@a"),), (ROW, entry("edit@a")), id="its row is written first"),
        pytest.param("edit@a", (ROW, entry("edit@a")), (ROW,), id="a row that gave the same stood: it goes"),
        pytest.param("edit@a edit@b", (entry("edit@a"),), (WIDER, entry("edit@a")), id="wider: its row is written"),
        pytest.param("edit@a edit@b", (ROW, entry("edit@a")), (WIDER,), id="wider, and a row gave what it gives"),
        pytest.param("edit@a edit@b", (OTHER, entry("edit@a")), (WIDER, entry("edit@a")), id="the row gave others"),
        pytest.param("edit@a", (FORMERLY, entry("edit@a")), (ROW,), id="the row gave more"),
        pytest.param("edit@a", (entry("edit@a", "view"),), (ROW,), id="it gives too much: at once"),
        pytest.param("edit@a", (WITH_POLICY,), (ROW,), id="any access policy: at once"),
        pytest.param("edit@a", (entry("edit@b"),), (ROW,), id="it gives another thing: at once"),
        pytest.param("edit@a", (DEAD,), (ROW,), id="it is dead, and refuses its role: at once"),
        pytest.param("edit@a", (ROW, DEAD), (ROW,), id="it is dead beside its row"),
        pytest.param("edit@a", (EMPTY,), (ROW,), id="it gives nothing, and wins: at once"),
        pytest.param("", (entry("edit@a"),), (), id="untagged"),
        pytest.param("", (ROW, entry("edit@a")), (), id="untagged, both"),
        pytest.param("", (DEAD,), (), id="untagged, dead"),
        pytest.param("edit@a", (ROW, ROW, entry("edit@a")), (ROW, entry("edit@a")), id="the row was doubled"),
    ],
)  # fmt: skip
def test_an_entry_that_was_left_gives_way_to_a_row(asked: str, stands: tuple[Row, ...], after: tuple[Row, ...]) -> None:
    """What it gives and is not wanted ends at once; what is wanted ends nowhere; and then nothing is left to do."""
    alice = person(*asked.split())
    plan = planned(alice, *stands)
    assert plan.rows == tuple(sorted(after))
    again = planned(alice, *plan.rows)
    last = again.rows if again.rows is not None else plan.rows
    assert not any(one.entry for one in last)
    assert planned(alice, *last).empty


@pytest.mark.parametrize("principal", [Gone(ref()), Outside(ref(), "its account has left")])
def test_whoever_nothing_is_desired_for_loses_both(principal: Gone | Outside) -> None:
    """One removal, of what counted."""
    plan = planned(principal, ROW, entry("edit@a", "view"))
    assert plan.rows == ()
    [change] = plan.changes
    assert (change.action, change.before) == ("remove", entry("edit@a", "view"))
    assert change.takes_away


@pytest.mark.parametrize("stands", [(ROW,), (entry("edit@a"),), (ROW, entry("edit@a"))])
def test_a_conflict_leaves_neither(stands: tuple[Row, ...]) -> None:
    """A foreign entry wins over our row, and an entry of ours would win over a foreign row."""
    plan = planned(person("edit@a"), *stands, conflict="an access entry that is not ours speaks for this role already")
    assert plan.rows == ()
    assert plan.changes[0].takes_away


@pytest.mark.parametrize(
    ("asked", "stands", "takes_away", "gives", "told"),
    [
        ("edit@a", (entry("edit@a"),), False, (), f"{A} → {A} {STAYS}"),
        ("edit@a", (ROW, entry("edit@a")), False, (), f"{A} → {A} (by a row; the access entry goes)"),
        ("edit@a", (entry("edit@a", "edit@b"),), True, (), f"{A}, {B} → {A} (by a row; the access entry goes)"),
        ("edit@a edit@b", (ROW, entry("edit@a")), False, (B,), f"{A} → {A}, {B} (by a row; the access entry goes)"),
        ("edit@a", (ROW, DEAD), False, (), f"nothing stays beside {A}"),
    ],
)  # fmt: skip
def test_a_change_is_told_by_what_counts(
    asked: str, stands: tuple[Row, ...], takes_away: bool, gives: tuple[str, ...], told: str
) -> None:
    """The entry, while it is honoured; nobody loses anything where one form gives way to the other."""
    [change] = planned(person(*asked.split()), *stands).changes
    assert (change.action, change.takes_away, change.gives) == ("change", takes_away, gives)
    assert not change.revives
    assert change_text(change) == f"change {ref()}: {told}"


def test_a_dead_entry_alone_counts_as_nothing() -> None:
    """EKS answers 401 by it: what its role gets is new."""
    [change] = planned(person("edit@a"), DEAD).changes
    assert (change.action, change.gives) == ("add", (A,))
    [removed] = planned(person(), DEAD).changes
    assert removed.action == "remove"


def test_where_nothing_may_grow_an_entry_gives_way_to_a_row_all_the_same() -> None:
    """What the entry gave is nothing that is added: one that gives too much leaves nobody without what is wanted."""
    alice, wide = person("edit@a"), entry("edit@a", "view")
    assert planned(alice, wide, growing=False).rows == (ROW,)
    assert planned(person("edit@a", "edit@b"), wide, growing=False).rows == (ROW,)
    assert planned(person(), entry("edit@a"), growing=False).rows == ()


@pytest.mark.parametrize("hindrance", [{"moving": False}, {"writable": False}])
def test_where_no_row_can_be_made_an_entry_stays_unless_it_gives_too_much(hindrance: dict[str, bool]) -> None:
    """Nothing but deleting can be done to it, and what is not wanted any more is never kept."""
    alice = person("edit@a")
    assert planned(alice, entry("edit@a"), growing=False, **hindrance).empty
    assert planned(alice, entry("edit@a", "view"), growing=False, **hindrance).rows == ()


def test_entries_take_no_room_in_aws_auth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither rows nor bytes."""
    monkeypatch.setattr(held_rows, "MOST_ROWS", 1)
    left = entry("edit@a"), entry("edit@a", arn="arn:aws:iam::123456789012:role/bob")
    plan = planned(person("edit@a"), *left, foreign_bytes=held_rows.MOST_BYTES - held_rows.row_bytes(ROW))
    assert ROW in (plan.rows or ())
    assert plan.too_large == ()
    full = planned(person("edit@a"), *left, foreign_bytes=held_rows.MOST_BYTES)
    assert (full.too_large, full.rows) == ((ref(),), None), "the entry stays: nobody loses access for want of room"


def test_a_binding_that_fails_takes_nothing_that_an_entry_gave() -> None:
    """Neither from who keeps the entry for now, nor from whom it goes at once for what else it gives."""
    view = RbacView({A: (BindingState.WRONG, ("u", "1"))}, failed={A: "403"})
    assert planned(person("edit@a"), entry("edit@a"), view=view).rows == tuple(sorted((ROW, entry("edit@a"))))
    assert planned(person("edit@a"), entry("edit@a", "view"), view=view).rows == (ROW,)
    assert planned(person("edit@a"), ROW, entry("edit@a"), view=view).rows == (ROW,)
    assert planned(person("edit@a"), view=view).rows is None


def test_no_binding_is_dropped_while_an_entry_gives_way_to_less() -> None:
    """EKS honours it for some seconds more: who keeps edit@a by a row would be without it; the next sweep drops it."""
    view = replace(there(A, B), whole=True)
    first = planned(person("edit@a"), entry("edit@b"), view=view)
    assert (first.rows, first.drop) == ((ROW,), ())
    assert [binding.group for binding in planned(person("edit@a"), ROW, view=view).drop] == [B]


def test_the_groups_of_an_entry_that_stays_are_used() -> None:
    """As those of rows."""
    view = replace(there(A), whole=True)
    assert planned(person("edit@a"), entry("edit@a"), view=view).drop == ()
    assert planned(person(), entry("edit@a"), view=view, whole=False).drop == (), "of others the entries are not known"
