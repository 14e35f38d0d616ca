"""Who has the registrar's own group: nobody but the function's role should.

A row or an access entry that has it is never ours (``marks.is_way_in``), so no revocation, sweep or purge takes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registrar.eks.entry import AccessEntry
from registrar.marks import Marks, is_way_in, mark_of_tags, owner_of
from registrar.sinks.map_roles import ForeignRow


@dataclass(frozen=True)
class Holder:
    """A row or an access entry that has the group: its ARN, and whether it is marked as one of ours nevertheless."""

    arn: str
    marked: bool

    @property
    def words(self) -> str:
        """For a finding."""
        return f"{self.arn or 'a row without rolearn'}{' (marked as one of ours)' if self.marked else ''}"


def entries_with_the_group(entries: Iterable[AccessEntry], marks: Marks) -> tuple[Holder, ...]:
    """The access entries that have the group, of today's name or a former one."""
    found = [entry for entry in entries if is_way_in(entry.groups, marks)]
    return tuple(Holder(entry.arn, mark_of_tags(entry.tags, marks) is not None) for entry in found)


def rows_with_the_group(rows: Iterable[ForeignRow], marks: Marks) -> tuple[Holder, ...]:
    """The rows of aws-auth that have the group, of today's name or a former one."""
    found = [row for row in rows if is_way_in(row.groups, marks)]
    return tuple(Holder(row.rolearn or "", owner_of(row.username, marks) is not None) for row in found)


def hidden(holders: Iterable[Holder], kind: str) -> tuple[str, ...]:
    """Those that are marked as ours, in words: somebody has put one of ours out of our reach."""
    return tuple(
        f"{kind} of {one.arn or 'no rolearn'} is marked as ours and has the registrar's own group: its role acts as "
        "the registrar, and no revocation, sweep or purge takes it. Find out who wrote it (CloudTrail, the API "
        "server's audit log), and take the group out of it, or delete it; `eks-registrar doctor` names all who have it"
        for one in holders
        if one.marked
    )
