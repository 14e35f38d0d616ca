"""The rows, or the access entry, that the decisions about one principal come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from registrar.grants import Grant, common_policies, is_covered
from registrar.held import Held
from registrar.marks import Marks, entry_for, row_for
from registrar.model import Decision, Desired, Role, Row, Verdict, allowed_policies


@dataclass(frozen=True)
class Parted:
    """What one principal has of ours: ``standing`` in the form that is written, ``beside`` in the other one."""

    standing: tuple[Row, ...]
    beside: tuple[Row, ...]

    @classmethod
    def of(cls, mine: Sequence[Row], held: Held) -> Parted:
        """All of it, by its form."""
        standing = tuple(row for row in mine if row.entry == held.entries)
        return cls(standing, tuple(row for row in mine if row.entry != held.entries))

    def honoured(self, role: Role | None) -> tuple[Row, ...]:
        """What stands in the form that is written, without an entry that EKS does not honour: that gives nothing."""
        return _honoured(self.standing, role)

    def given(self, role: Role | None) -> tuple[Row, ...]:
        """What gives the role anything, in either form."""
        return _honoured((*self.standing, *self.beside), role)

    def counting(self, role: Role | None, after: Row | None) -> Row | None:
        """The one that counts: an entry wins over a row. One not honoured is named only if it is all there is."""
        alive = [row for row in self.beside if row.entry and _is_honoured(row, role)]
        rows = [row for row in self.beside if not row.entry]
        dead = [row for row in self.beside if row.entry and row not in alive]
        return next(iter((*alive, *self.standing, *rows, *(dead if after is None else ()))), None)


def row_after(one: Desired, decisions: Sequence[Decision], mine: Parted, held: Held, marks: Marks) -> Row | None:
    """The row, or the access entry, that the decisions come to.

    A binding that cannot be made or corrected now takes nothing from who has its group: that would turn one refused
    request into a removal for everybody.
    """
    allowed, failed = _groups(decisions, Verdict.ALLOWED), _groups(decisions, Verdict.FAILED)
    standing = {group for row in mine.given(one.role) for group in row.groups}
    policies = allowed_policies(decisions) if held.entries else ()
    former = _former(mine.standing, allowed | failed | {grant.text for grant in policies}, marks)
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
    mine: Parted, after: Row | None, role: Role | None, decisions: Sequence[Decision], held: Held, marks: Marks
) -> tuple[Row, ...]:
    """What stays beside the form that is written for now: nothing that gives what is not wanted any more."""
    wanted = _groups(decisions, Verdict.ALLOWED) | _groups(decisions, Verdict.FAILED)
    if held.entries:
        return _kept_rows(mine, after, wanted, held, marks)
    return tuple(row for row in mine.beside if _entry_stays(row, mine.standing, role, wanted, marks))


def _kept_rows(mine: Parted, after: Row | None, wanted: AbstractSet[str], held: Held, marks: Marks) -> tuple[Row, ...]:
    """Of the rows in aws-auth those that stay beside an access entry, without what is not wanted any more.

    An entry wins over a row, but takes some seconds to be in effect; until it has stood unchanged for two minutes the
    row goes on giving what both give. A row that stays for good would give access back when the entry goes.
    """
    if after is not None and mine.standing == (after,) and after.arn.lower() in held.settled:
        return ()
    kept = (_without_others(row, wanted, marks) for row in mine.beside)
    return tuple(row for row in kept if row is not None)


def _entry_stays(
    entry: Row, standing: Sequence[Row], role: Role | None, wanted: AbstractSet[str], marks: Marks
) -> bool:
    """Whether an access entry stays beside rows: it wins over them, so only what is wanted may stay, and not for long.

    It cannot be narrowed: nothing but deleting is done to an entry here. One that gives what is wanted, and no more,
    waits for a row that gave the same when it was read, so that nobody is refused between the two; one that EKS does
    not honour, or that gives nothing, refuses its role and goes at once.
    """
    rights = {_today(right, marks) for right in entry.rights}
    if role is None or not _is_honoured(entry, role) or not rights or not rights <= wanted:
        return False
    rows = [row for row in standing if row.arn == role.arn_without_path]
    return not (len(rows) == len(standing) == 1 and rights <= {_today(group, marks) for group in rows[0].groups})


def _honoured(rows: Iterable[Row], role: Role | None) -> tuple[Row, ...]:
    return tuple(row for row in rows if not row.entry or _is_honoured(row, role))


def _is_honoured(entry: Row, role: Role | None) -> bool:
    """Whether EKS honours an entry; of a role of which nothing is known, that is taken for granted."""
    return role is None or entry.role_id == role.role_id


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
    groups = {group for row in before for group in row.groups}
    policies = [policy for row in before for policy in row.policies]
    return not set(after.groups) <= groups or not all(is_covered(policy, policies) for policy in after.policies)


def shrunk(mine: Parted, after: Row, role: Role | None, marks: Marks, *, moves: bool) -> Row | None:
    """What may stay where nothing may be added: a removal is never refused for want of room.

    ``moves``: what the role has in the other form is nothing that is added. What EKS does not honour is.
    """
    before = mine.given(role) if moves else mine.honoured(role)
    former = _former(mine.honoured(role), set(after.rights), marks)
    if former is not None:
        return former
    groups = tuple(g for g in after.groups if any(g in row.groups for row in before))
    policies = common_policies([policy for row in before for policy in row.policies], after.policies)
    return replace(after, groups=groups, policies=policies) if groups or policies else None
