"""What to change in one cluster so that what it holds becomes what is desired. Pure.

    desired groups   held row        conflict   → change
    some             none            no         → add
    some             other groups    no         → change
    some             the same        no         → (nothing)
    none             any             no         → remove
    any              any             yes        → remove, and report

Granting: bindings, then rows. Revoking: rows, then bindings. ``plan(apply(plan))`` is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from registrar.held import Held, OurRows, Room
from registrar.marks import Marks, binding_of, row_for
from registrar.model import Binding, BindingState, Decision, Desired, PrincipalRef, RbacView, Row, Verdict


@dataclass(frozen=True)
class Change:
    """What becomes of the row of one principal; exactly one of the two may be ``None``."""

    ref: PrincipalRef
    before: Row | None
    after: Row | None

    @property
    def action(self) -> str:
        """``add``, ``change`` or ``remove``."""
        return "add" if self.before is None else "remove" if self.after is None else "change"

    @property
    def takes_away(self) -> bool:
        """Whether the principal loses a group by it."""
        after = self.after.groups if self.after else ()
        return self.before is not None and not set(self.before.groups) <= set(after)

    @property
    def gives(self) -> tuple[str, ...]:
        """The groups that the principal gains by it."""
        before = self.before.groups if self.before else ()
        return tuple(group for group in (self.after.groups if self.after else ()) if group not in before)


@dataclass(frozen=True)
class Plan:
    """The changes of one cluster, in the order in which they are made.

    ``make`` are bindings to create or correct, ``rows`` the whole new list of our rows (``None``: leave it),
    ``drop`` bindings that no row uses afterwards. ``too_large`` names the principals whose grants found no room.
    """

    make: tuple[Binding, ...]
    rows: tuple[Row, ...] | None
    drop: tuple[Binding, ...]
    changes: tuple[Change, ...]
    decisions: Mapping[PrincipalRef, tuple[Decision, ...]]
    too_large: tuple[PrincipalRef, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing at all would be written."""
        return not self.make and self.rows is None and not self.drop


def groups_of_interest(wanted: Sequence[Desired], held: Held, marks: Marks) -> tuple[str, ...]:
    """The groups whose bindings a plan needs to know: those desired, and those that rows may stop using."""
    groups = {group for one in wanted for group in one.groups}
    ours = OurRows.of(held.ours, marks)
    groups.update(group for one in wanted for row in ours.take(one.ref, one.role_arn) for group in row.groups)
    return tuple(sorted(g for g in groups if binding_of(g, marks) is not None))


def make_plan(
    wanted: Sequence[Desired],
    held: Held,
    conflicts: Mapping[PrincipalRef, str],
    rbac: RbacView,
    marks: Marks,
    *,
    growing: bool = True,
) -> Plan:
    """The changes that bring the rows and bindings of the ``wanted`` principals, and of no other, to what is desired.

    ``conflicts`` names, by principal, the foreign row that claims it. Without ``growing`` no row gets a group that it
    has not: what is taken away, and nothing else.
    """
    decisions = {one.ref: _with_cluster(one, conflicts.get(one.ref), rbac) for one in wanted}
    ours, room = OurRows.of(held.ours, marks), Room.beside(held)
    rows: list[Row] = []
    changes: list[Change] = []
    too_large: list[PrincipalRef] = []
    for one in wanted:
        mine = ours.take(one.ref, one.role_arn)
        after = _row_after(one, decisions[one.ref], mine, marks)
        if after is not None and _grows(mine, after):
            fits = room.has(mine, after)
            too_large += [] if fits else [one.ref]
            after = after if fits and growing else _shrunk(mine, after, marks)
        if (list(mine) != [after]) if after else mine:
            changes.append(Change(one.ref, mine[0] if mine else None, after))
        rows += [after] if after else []
        room.swap(mine, after)
    ordered = tuple(sorted([*ours.left(), *rows]))
    unchanged = ordered == tuple(sorted(held.ours)) and held.canonical
    return Plan(
        make=_to_make(decisions.values(), ordered, rbac, marks),
        rows=None if unchanged else ordered,
        drop=_to_drop(held, ordered, rbac, marks),
        changes=tuple(changes),
        decisions=decisions,
        too_large=tuple(too_large),
    )


def _with_cluster(one: Desired, conflict: str | None, rbac: RbacView) -> tuple[Decision, ...]:
    """The decisions of the policy, where the cluster has a word against them."""
    return tuple(
        _judge_in_cluster(decision, conflict, rbac) if decision.verdict is Verdict.ALLOWED else decision
        for decision in one.decisions
    )


def _judge_in_cluster(decision: Decision, conflict: str | None, rbac: RbacView) -> Decision:
    group = decision.group or ""
    state, _ = rbac.found.get(group, (BindingState.RIGHT, None))
    if conflict is not None:
        return replace(decision, verdict=Verdict.CONFLICT, reason=conflict)
    if state is BindingState.FOREIGN:
        return replace(decision, verdict=Verdict.CONFLICT, reason=f"a foreign binding has the name of {group}")
    if group in rbac.missing:
        return replace(decision, verdict=Verdict.WAITING, reason=f"{rbac.missing[group]} does not exist")
    if group in rbac.failed:
        return replace(decision, verdict=Verdict.FAILED, reason=rbac.failed[group])
    return decision


def _row_after(one: Desired, decisions: Sequence[Decision], mine: Sequence[Row], marks: Marks) -> Row | None:
    """The row that the decisions come to.

    A binding that cannot be made or corrected now takes nothing from who has its group: that would turn one refused
    request into a removal for everybody.
    """
    allowed = {d.group for d in decisions if d.verdict is Verdict.ALLOWED and d.group}
    failed = {d.group for d in decisions if d.verdict is Verdict.FAILED and d.group}
    standing = {group for row in mine for group in row.groups}
    former = _former(mine, allowed | failed, marks)
    if former is not None and failed & {_today(group, marks) for group in former.groups}:
        return former
    groups = allowed | (failed & standing)
    return row_for(one.role, tuple(groups), marks.installation) if one.role is not None and groups else None


def _former(mine: Sequence[Row], wanted: AbstractSet[str], marks: Marks) -> Row | None:
    """A row of a former name, as it stands, if it gives nothing but what is wanted.

    It stays until all of that can be given under the name of today: the admission policy lets it stand or go, and
    nothing in between.
    """
    if len(mine) != 1 or mine[0].username.startswith(f"{marks.installation}:"):
        return None
    return mine[0] if {_today(group, marks) for group in mine[0].groups} <= wanted else None


def _today(group: str, marks: Marks) -> str:
    """A group as it is called today."""
    grant = marks.former_grant(group)
    return group if grant is None else f"{marks.installation}:{grant}"


def _grows(before: Sequence[Row], after: Row) -> bool:
    return not set(after.groups) <= {group for row in before for group in row.groups}


def _shrunk(before: Sequence[Row], after: Row, marks: Marks) -> Row | None:
    """What may stay where nothing may be added: a removal is never refused for want of room."""
    former = _former(before, set(after.groups), marks)
    if former is not None:
        return former
    kept = tuple(g for g in after.groups if any(g in row.groups for row in before))
    return replace(after, groups=kept) if kept else None


def _to_make(
    decisions: Iterable[Iterable[Decision]], after: Iterable[Row], rbac: RbacView, marks: Marks
) -> tuple[Binding, ...]:
    allowed = {d.group for each in decisions for d in each if d.verdict is Verdict.ALLOWED and d.group}
    groups = allowed & {g for row in after for g in row.groups}
    wrong = {g for g in groups if rbac.found.get(g, (BindingState.RIGHT, None))[0] is not BindingState.RIGHT}
    return tuple(binding for g in sorted(wrong) if (binding := binding_of(g, marks)) is not None)


def _to_drop(held: Held, after: Iterable[Row], rbac: RbacView, marks: Marks) -> tuple[Binding, ...]:
    """The bindings that no row uses afterwards: of those that lose one now, and of all where all are known."""
    used = {g for row in after for g in row.groups} | held.foreign_groups
    known = set(rbac.found) if rbac.whole else {g for row in held.ours for g in row.groups}
    unused = known - used
    ours = {
        g
        for g in unused
        if rbac.found.get(g, (BindingState.ABSENT, None))[0] in (BindingState.RIGHT, BindingState.WRONG)
    }
    return tuple(binding for g in sorted(ours) if (binding := binding_of(g, marks)) is not None)
