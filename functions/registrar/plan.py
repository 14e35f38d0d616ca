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
from dataclasses import dataclass, replace

from registrar.held import Held, OurRows, Room
from registrar.marks import Marks, binding_of
from registrar.model import Binding, BindingState, Decision, Desired, PrincipalRef, RbacView, Row, Verdict, takes_away
from registrar.rows import Parted, grows, kept_beside, row_after, shrunk


@dataclass(frozen=True)
class Change:
    """What becomes of the access of one principal; exactly one of the two may be ``None``.

    They are the row, or the access entry, that counts: an entry wins over a row. Where they are equal, what goes is
    beside them and gives nothing any more. ``stays``: what gives way to ``after``, in the other form, stays beside it
    for now; if that is an entry, it still counts.
    """

    ref: PrincipalRef
    before: Row | None
    after: Row | None
    stays: bool = False

    @property
    def action(self) -> str:
        """``add``, ``change`` or ``remove``."""
        return "add" if self.before is None else "remove" if self.after is None else "change"

    @property
    def takes_away(self) -> bool:
        """Whether the principal loses a group or an access policy by it."""
        return takes_away(self.before, self.after)

    @property
    def revokes(self) -> bool:
        """Whether something of ours should be gone after it: else somebody has, or gets back, what nobody asks for."""
        return self.takes_away or self.before == self.after

    @property
    def gives(self) -> tuple[str, ...]:
        """The groups that the principal gains by it."""
        before = self.before.groups if self.before and not self.revives else ()
        return tuple(group for group in (self.after.groups if self.after else ()) if group not in before)

    @property
    def revives(self) -> bool:
        """Whether an access entry is made again because EKS does not honour it any more: the role was made again."""
        before, after = self.before, self.after
        if before is None or after is None or not after.entry:
            return False
        return before.entry and before.role_id != after.role_id

    @property
    def moves(self) -> bool:
        """Whether an access entry gives way to a row, or a row to an entry."""
        return self.before is not None and self.after is not None and self.before.entry != self.after.entry


@dataclass(frozen=True)
class Plan:
    """The changes of one cluster, in the order in which they are made.

    ``make`` are bindings to create or correct, ``rows`` the whole new list of our rows (``None``: leave it),
    ``drop`` bindings that no row uses afterwards. ``too_large`` names the principals whose grants found no room in
    aws-auth.
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
    moving: bool = True,
) -> Plan:
    """The changes that bring the rows and bindings of the ``wanted`` principals, and of no other, to what is desired.

    ``conflicts`` names, by principal, the foreign row that claims it. Without ``growing`` nobody gets what they have
    not: what is taken away, and what moves from one form to the other; without ``moving`` not even that.
    """
    decisions = {one.ref: _with_cluster(one, conflicts.get(one.ref), rbac) for one in wanted}
    ours, room = OurRows.of(held.ours, marks), Room.beside(held)
    rows: list[Row] = []
    changes: list[Change] = []
    too_large: list[PrincipalRef] = []
    for one in wanted:
        mine = ours.take(one.ref, one.role_arn)
        parts = Parted.of(mine, held)
        after = row_after(one, decisions[one.ref], parts, held, marks)
        if after is not None and grows(parts.honoured(one.role), after):
            fits = room.has(parts.standing, after)
            too_large += [] if fits else [one.ref]
            moves = moving and fits and held.writable
            after = after if fits and growing else shrunk(parts, after, one.role, marks, moves=moves)
        kept = kept_beside(parts, after, one.role, decisions[one.ref], held, marks)
        stand = (*((after,) if after else ()), *kept)
        if sorted(mine) != sorted(stand):
            last = next(iter(stand), None)
            changes.append(Change(one.ref, parts.counting(one.role, last), last, stays=bool(after and kept)))
        rows += stand
        room.swap(parts.standing, after)
    ordered = tuple(sorted([*ours.left(), *rows]))
    unchanged = ordered == tuple(sorted(held.ours)) and held.canonical
    return Plan(
        make=_to_make(decisions.values(), ordered, rbac, marks),
        rows=None if unchanged else ordered,
        drop=_to_drop(held, ordered, changes, rbac, marks),
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


def _to_make(
    decisions: Iterable[Iterable[Decision]], after: Iterable[Row], rbac: RbacView, marks: Marks
) -> tuple[Binding, ...]:
    allowed = {d.group for each in decisions for d in each if d.verdict is Verdict.ALLOWED and d.group}
    groups = allowed & {g for row in after for g in row.groups}
    wrong = {g for g in groups if rbac.found.get(g, (BindingState.RIGHT, None))[0] is not BindingState.RIGHT}
    return tuple(binding for g in sorted(wrong) if (binding := binding_of(g, marks)) is not None)


def _to_drop(
    held: Held, after: Iterable[Row], changes: Sequence[Change], rbac: RbacView, marks: Marks
) -> tuple[Binding, ...]:
    """The bindings that no row uses afterwards: of those that lose one now, and of all where all are known.

    None at all where not everybody's row is known: who else uses a group can only be told by the whole list. And none
    while an access entry changes, or gives way to a row with less, which takes EKS some seconds: whoever keeps a right
    by another group would be refused meanwhile. The next sweep finds what is left.
    """
    after = tuple(after)
    given_way = any(change.moves and change.takes_away for change in changes)
    if not held.whole or held.changing or given_way or _changes_an_entry(held, after):
        return ()
    used = {g for row in after for g in row.groups} | held.foreign_groups
    known = set(rbac.found) if rbac.whole else {g for row in held.ours for g in row.groups}
    unused = known - used
    ours = {
        g
        for g in unused
        if rbac.found.get(g, (BindingState.ABSENT, None))[0] in (BindingState.RIGHT, BindingState.WRONG)
    }
    return tuple(binding for g in sorted(ours) if (binding := binding_of(g, marks)) is not None)


def _changes_an_entry(held: Held, after: Sequence[Row]) -> bool:
    before = {row.arn: row.groups for row in held.ours if row.entry}
    return any(row.entry and before.get(row.arn, row.groups) != row.groups for row in after)
