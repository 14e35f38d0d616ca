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

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from registrar.marks import binding_of, owner_of, row_for
from registrar.model import Binding, BindingState, Decision, Desired, PrincipalRef, RbacView, Row, Verdict

MOST_BYTES = 700_000
MOST_ROWS = 3_000


@dataclass(frozen=True)
class Held:
    """What aws-auth holds: our rows in their order, and of everything else the size in bytes and the groups."""

    ours: tuple[Row, ...]
    canonical: bool = True
    foreign_bytes: int = 0
    foreign_groups: frozenset[str] = frozenset()


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


def groups_of_interest(wanted: Sequence[Desired], held: Held, installation: str) -> tuple[str, ...]:
    """The groups whose bindings a plan needs to know: those desired, and those that rows may stop using."""
    groups = {group for one in wanted for group in one.groups}
    for one in wanted:
        groups.update(group for row in _rows_of(one.ref, one.role_arn, held.ours, installation) for group in row.groups)
    return tuple(sorted(g for g in groups if binding_of(g, installation) is not None))


def make_plan(
    wanted: Sequence[Desired],
    held: Held,
    conflicts: Mapping[PrincipalRef, str],
    rbac: RbacView,
    installation: str,
    *,
    growing: bool = True,
) -> Plan:
    """The changes that bring the rows and bindings of the ``wanted`` principals, and of no other, to what is desired.

    ``conflicts`` names, by principal, the foreign row that claims it. Without ``growing`` no row gets a group that it
    has not: what is taken away, and nothing else.
    """
    decisions = {one.ref: _with_cluster(one, conflicts.get(one.ref), rbac) for one in wanted}
    rows = list(held.ours)
    changes: list[Change] = []
    too_large: list[PrincipalRef] = []
    for one in wanted:
        mine = _rows_of(one.ref, one.role_arn, rows, installation)
        after = _row_after(one, decisions[one.ref], installation)
        others = [row for row in rows if row not in mine]
        if after is not None and _grows(mine, after):
            room = _fits([*others, after], held.foreign_bytes)
            too_large += [] if room else [one.ref]
            after = after if room and growing else _shrunk(mine, after)
        if (list(mine) != [after]) if after else mine:
            changes.append(Change(one.ref, mine[0] if mine else None, after))
        rows = [*others, after] if after else others
    ordered = tuple(sorted(rows))
    unchanged = ordered == tuple(sorted(held.ours)) and held.canonical
    return Plan(
        make=_to_make(decisions.values(), ordered, rbac, installation),
        rows=None if unchanged else ordered,
        drop=_to_drop(held, ordered, rbac, installation),
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


def _rows_of(ref: PrincipalRef, arn: str | None, rows: Iterable[Row], installation: str) -> list[Row]:
    """Our rows of one principal: by the username that marks them, or by the ARN if somebody edited that."""

    def belongs(row: Row) -> bool:
        owner = owner_of(row.username, installation)
        return (owner is not None and owner.key == ref.key) or (arn is not None and row.arn.lower() == arn.lower())

    return [row for row in rows if belongs(row)]


def _row_after(one: Desired, decisions: Iterable[Decision], installation: str) -> Row | None:
    groups = tuple(d.group for d in decisions if d.verdict is Verdict.ALLOWED and d.group)
    return row_for(one.role, groups, installation) if one.role is not None and groups else None


def _grows(before: Sequence[Row], after: Row) -> bool:
    return not set(after.groups) <= {group for row in before for group in row.groups}


def _shrunk(before: Sequence[Row], after: Row) -> Row | None:
    """What may stay where nothing may be added: a removal is never refused for want of room."""
    kept = tuple(g for g in after.groups if any(g in row.groups for row in before))
    return replace(after, groups=kept) if kept else None


def _fits(rows: Sequence[Row], foreign_bytes: int) -> bool:
    return len(rows) <= MOST_ROWS and foreign_bytes + sum(map(row_bytes, rows)) <= MOST_BYTES


def row_bytes(row: Row) -> int:
    """The size of a row of ours in aws-auth, in bytes: the JSON mapping, ``- `` and the line break."""
    return len(json.dumps({"rolearn": row.arn, "username": row.username, "groups": list(row.groups)})) + 3


def _to_make(
    decisions: Iterable[Iterable[Decision]], after: Iterable[Row], rbac: RbacView, installation: str
) -> tuple[Binding, ...]:
    allowed = {d.group for each in decisions for d in each if d.verdict is Verdict.ALLOWED and d.group}
    groups = allowed & {g for row in after for g in row.groups}
    wrong = {g for g in groups if rbac.found.get(g, (BindingState.RIGHT, None))[0] is not BindingState.RIGHT}
    return tuple(binding for g in sorted(wrong) if (binding := binding_of(g, installation)) is not None)


def _to_drop(held: Held, after: Iterable[Row], rbac: RbacView, installation: str) -> tuple[Binding, ...]:
    used = {g for row in after for g in row.groups} | held.foreign_groups
    unused = {g for row in held.ours for g in row.groups} - used
    ours = {
        g
        for g in unused
        if rbac.found.get(g, (BindingState.ABSENT, None))[0] in (BindingState.RIGHT, BindingState.WRONG)
    }
    return tuple(binding for g in sorted(ours) if (binding := binding_of(g, installation)) is not None)
