"""Who has the registrar's own group: nobody but the function's role should.

A row or an access entry that has it is never ours (``marks.is_way_in``), so no revocation, sweep or purge takes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registrar.doctor.deployment import AWS_ERRORS, Deployment
from registrar.doctor.finding import Finding, doubt
from registrar.marks import Marks, is_way_in, mark_of_tags, owner_of, owner_of_arn
from registrar.model import PrincipalRef
from registrar.sinks.access_entries import EntriesRead
from registrar.sinks.map_roles import MapRoles


@dataclass(frozen=True)
class Holder:
    """A row or an access entry that has the group: its ARN, and whether it is marked as one of ours nevertheless."""

    arn: str
    marked: bool

    @property
    def words(self) -> str:
        """For a finding."""
        return f"{self.arn or 'a row without rolearn'}{' (marked as one of ours)' if self.marked else ''}"


def function_role(place: Deployment) -> PrincipalRef | None:
    """The role of the function; ``None`` if this identity may not ask, or if there is no function to ask for."""
    try:
        return owner_of_arn(place.role_arn())
    except AWS_ERRORS:
        return None


def entries_with_the_group(read: EntriesRead) -> tuple[Holder, ...]:
    """The access entries that have the group, of today's name or a former one."""
    found = [entry for entry in read.entries.values() if is_way_in(entry.groups, read.marks)]
    return tuple(Holder(entry.arn, mark_of_tags(entry.tags, read.marks) is not None) for entry in found)


def rows_with_the_group(rows: MapRoles, marks: Marks) -> tuple[Holder, ...]:
    """The rows of aws-auth that have the group, of today's name or a former one."""
    found = [row for row in rows.foreign if is_way_in(row.groups, marks)]
    return tuple(Holder(row.rolearn or "", owner_of(row.username, marks) is not None) for row in found)


def strangers(holders: Iterable[Holder], own: PrincipalRef | None) -> tuple[Holder, ...]:
    """Those that are not of the function's role; if that is not known, all where one of several must be, and marked."""
    every = tuple(holders)
    if own is not None:
        return tuple(one for one in every if owner_of_arn(one.arn) != own)
    return every if len(every) > 1 else tuple(one for one in every if one.marked)


def in_doubt(where: str, what: str, found: Iterable[Holder], kind: str, own: PrincipalRef | None) -> Finding:
    """The finding that names each of them."""
    whose = f"not that of the function's role ({own})" if own else "of which one at most is that of the function's role"
    named = "; ".join(one.words for one in found)
    remedy = (
        f"who has this group acts as the registrar, and no revocation, sweep or purge takes such {kind}: find out who "
        f"wrote it (CloudTrail, the API server's audit log), and take the group out of it, or delete it; what is marked"
        f" as one of ours the next sweep puts right then"
    )
    return doubt(where, what, f"the registrar's own group, {whose}: {named}", remedy)
