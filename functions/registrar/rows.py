"""The rows, or the access entry, that the decisions about one principal come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from registrar.held import Held
from registrar.marks import Marks, entry_for, row_for
from registrar.model import Decision, Desired, Grant, Role, Row, Verdict, allowed_policies


def parted(mine: Sequence[Row], held: Held) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Of the rows of one principal what stands in the form that is written, and what is left in aws-auth beside it."""
    standing = tuple(row for row in mine if row.entry == held.entries)
    return standing, tuple(row for row in mine if row.entry != held.entries)


def row_after(one: Desired, decisions: Sequence[Decision], mine: Sequence[Row], held: Held, marks: Marks) -> Row | None:
    """The row, or the access entry, that the decisions come to.

    A binding that cannot be made or corrected now takes nothing from who has its group: that would turn one refused
    request into a removal for everybody.
    """
    allowed, failed = _groups(decisions, Verdict.ALLOWED), _groups(decisions, Verdict.FAILED)
    standing = {group for row in mine for group in row.groups}
    policies = allowed_policies(decisions) if held.entries else ()
    former = _former(mine, allowed | failed | {grant.text for grant in policies}, marks)
    if former is not None and failed & {_today(group, marks) for group in former.groups}:
        return former
    groups = tuple(allowed | (failed & standing))
    return access_of(one.role, groups, policies, marks.installation, entry=held.entries) if one.role else None


def access_of(
    role: Role, groups: tuple[str, ...], policies: Sequence[Grant], installation: str, *, entry: bool
) -> Row | None:
    """The row, or the access entry, that gives a role these groups (and policies); ``None`` for nothing at all."""
    if entry:
        return entry_for(role, groups, policies, installation) if groups or policies else None
    return row_for(role, groups, installation) if groups else None


def _groups(decisions: Iterable[Decision], verdict: Verdict) -> set[str]:
    return {d.group for d in decisions if d.verdict is verdict and d.group}


def kept_beside(
    beside: Sequence[Row],
    standing: Sequence[Row],
    after: Row | None,
    decisions: Sequence[Decision],
    held: Held,
    marks: Marks,
) -> tuple[Row, ...]:
    """Of the rows in aws-auth those that stay beside an access entry for now, without what is not wanted any more.

    An entry wins over a row, but takes some seconds to be in effect; until it has stood unchanged for two minutes the
    row goes on giving what both give. A row that stays for good would give access back when the entry goes.
    """
    if after is not None and tuple(standing) == (after,) and after.arn.lower() in held.settled:
        return ()
    wanted = _groups(decisions, Verdict.ALLOWED) | _groups(decisions, Verdict.FAILED)
    kept = (_without_others(row, wanted, marks) for row in beside)
    return tuple(row for row in kept if row is not None)


def _without_others(row: Row, wanted: AbstractSet[str], marks: Marks) -> Row | None:
    """A row with nothing but wanted groups. One of a former name stays or goes: the admission policy says so."""
    groups = tuple(group for group in row.groups if _today(group, marks) in wanted)
    if groups == row.groups:
        return row
    former = not row.username.startswith(f"{marks.installation}:")
    return replace(row, groups=groups) if groups and not former else None


def _former(mine: Sequence[Row], wanted: AbstractSet[str], marks: Marks) -> Row | None:
    """A row of a former name, as it stands, if it gives nothing but the rights that are wanted.

    It stays until all of that can be given under the name of today: the admission policy lets it stand or go, and
    nothing in between.
    """
    if len(mine) != 1 or mine[0].username.startswith(f"{marks.installation}:"):
        return None
    return mine[0] if {_today(right, marks) for right in mine[0].rights} <= wanted else None


def _today(group: str, marks: Marks) -> str:
    """A group as it is called today."""
    grant = marks.former_grant(group)
    return group if grant is None else f"{marks.installation}:{grant}"


def grows(before: Sequence[Row], after: Row) -> bool:
    """Whether ``after`` gives a right that none of ``before`` does."""
    return not set(after.rights) <= {right for row in before for right in row.rights}


def shrunk(before: Sequence[Row], after: Row, marks: Marks) -> Row | None:
    """What may stay where nothing may be added: a removal is never refused for want of room."""
    former = _former(before, set(after.rights), marks)
    if former is not None:
        return former
    groups = tuple(g for g in after.groups if any(g in row.groups for row in before))
    policies = tuple(p for p in after.policies if any(p in row.policies for row in before))
    return replace(after, groups=groups, policies=policies) if groups or policies else None
