"""The access of a cluster that reads both access entries and aws-auth: one is written, what is left in the other goes.

An entry wins over a row of the same role. So both are read, whichever is written; what is not ours in either is a
conflict; and revoking removes both, rows first: one that stays behind would give access back when the entry goes.

    entries written     a row of ours stays until its entry has stood unchanged for two minutes, then it goes
    rows written        an entry of ours goes at once if it gives what is not wanted, else in the run after the one that
                        wrote its row. Nothing but deleting is done to an entry: the registrar's role may do no more

Who stays how long is decided in ``rows.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from registrar.errors import AwsAuthMissing, AwsAuthUnreadable, RegistrarError, WriteConflict
from registrar.held import Held
from registrar.marks import Marks, owner_of_row
from registrar.model import Principal, PrincipalRef, Role, Row
from registrar.sinks.access_entries import AccessEntries, EntriesRead
from registrar.sinks.aws_auth import AwsAuth, AwsAuthConfigMap
from registrar.sinks.keeping import remember, what_follows
from registrar.sinks.kept import Record


@dataclass(frozen=True)
class BothRead:
    """Entries and aws-auth; ``aws_auth`` is ``None`` where there is none, or none that can be read.

    ``trouble`` says why nothing may be granted for want of it. ``by_entries``: entries are what is written.
    """

    entries: EntriesRead
    aws_auth: AwsAuth | None
    trouble: RegistrarError | None = None
    by_entries: bool = True

    @cached_property
    def held(self) -> Held:
        """Our entries and our rows. An entry, and a row, that are not ours use their groups.

        While aws-auth is in trouble nobody knows which groups its rows use.
        """
        entries, rows = self.entries.held, self.aws_auth.held if self.aws_auth else Held(())
        return replace(
            entries,
            ours=(*entries.ours, *rows.ours) if self.by_entries else (*rows.ours, *entries.ours),
            canonical=rows.canonical,
            foreign_bytes=0 if self.by_entries else rows.foreign_bytes,
            foreign_groups=entries.foreign_groups | rows.foreign_groups,
            entries=self.by_entries,
            whole=entries.whole and self.trouble is None,
            writable=self.by_entries or self.aws_auth is not None,
        )

    @property
    def data_bytes(self) -> int:
        """The size of all values of aws-auth, in bytes."""
        return self.aws_auth.data_bytes if self.aws_auth else 0

    def claims(self, roles: Iterable[Role]) -> dict[PrincipalRef, str]:
        """Those that have an entry or a row that is not ours: theirs would win, or ours would win over it."""
        asked = list(roles)
        rows = self.aws_auth.claims(asked) if self.aws_auth else {}
        return rows | self.entries.claims(asked)

    def dead(self, roles: Iterable[Role]) -> tuple[str, ...]:
        """The entries of others that EKS does not honour any more."""
        return self.entries.dead(roles)

    def hidden(self, marks: Marks) -> tuple[str, ...]:
        """The entries and the rows that somebody gave the registrar's own group, in words."""
        return (*self.entries.hidden(marks), *(self.aws_auth.hidden(marks) if self.aws_auth else ()))


@dataclass(frozen=True)
class BothPlaces:
    """Both of a real cluster. A sweep keeps both in the history of ``aws_auth``; ``entries`` has none of its own.

    ``by_entries``: entries are what is written, else rows (``backend: aws-auth``, set by hand).
    """

    entries: AccessEntries
    aws_auth: AwsAuthConfigMap
    marks: Marks
    by_entries: bool = True

    def read(self, *, whole: bool = False) -> BothRead:
        """Read both, aws-auth with its version. Raises as the two do.

        Where aws-auth cannot be read, entries can still be taken away; nothing is granted, since a row that is not ours
        may speak for the role. Where there is none there is no row, which is no trouble unless rows are written.
        """
        aws_auth: AwsAuth | None = None
        trouble: RegistrarError | None = None
        try:
            aws_auth = self.aws_auth.read()
        except AwsAuthMissing as error:
            trouble = None if self.by_entries else error
        except AwsAuthUnreadable as error:
            trouble = error
        return BothRead(self.entries.read(whole=whole), aws_auth, trouble, self.by_entries)

    def about(self, current: BothRead, principals: Iterable[Principal]) -> BothRead:
        """The same reading with the entries of these principals. Raises as ``EntriesApi``."""
        return replace(current, entries=self.entries.about(current.entries, principals))

    def write(self, current: BothRead, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Write the rows, then the entries. Raises ``WriteConflict``, and what stops rows from growing.

        An entry does not go while its row cannot be changed: that row would speak for the role, which nobody would see.
        """
        if current.entries.whole:
            self.remember(current, what_follows(current.held.ours, rows))
        stuck = self._write_rows(current, tuple(row for row in rows if not row.entry))
        wanted = tuple(row for row in rows if row.entry)
        kept = {owner_of_row(row, self.marks) for row in wanted}
        owners = ((row, owner_of_row(row, self.marks)) for row in current.entries.held.ours)
        stay = tuple(row for row, ref in owners if ref in stuck and ref not in kept)
        return {**self.entries.write(current.entries, (*wanted, *stay)), **stuck}

    def remember(self, current: BothRead, before: str) -> None:
        """Keep a whole reading in the history; ``before`` says in one line what is about to be written.

        Not beside an aws-auth that cannot be read: a record without it would look as if there were none.
        """
        if current.trouble is None:
            remember(self.aws_auth.history, self.entries.api.cluster.tag, lambda: self._record(current), before)

    def _record(self, current: BothRead) -> Record:
        entries = self.entries.record(current.entries)
        if current.aws_auth is None:
            return entries
        rows = self.aws_auth.record(current.aws_auth)
        return replace(rows, data={**rows.data, **entries.data}, entries=entries.entries)

    def _write_rows(self, current: BothRead, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """Write the rows; returns whose row could not be changed, and why, where nobody was to get more by it.

        What was to give more is raised: then the caller tries again without that (``apply``).
        """
        if current.aws_auth is None or (rows == current.aws_auth.held.ours and current.aws_auth.held.canonical):
            return {}
        try:
            self.aws_auth.write(current.aws_auth, rows)
        except WriteConflict:
            raise
        except RegistrarError as error:
            before = current.aws_auth.held.ours
            told = self._owners({*before} ^ {*rows}) or self._owners(current.aws_auth.map_roles.ours)
            if not told or self._grows(before, rows):
                raise
            return dict.fromkeys(told, error)
        return {}

    def _owners(self, rows: Iterable[Row]) -> list[PrincipalRef]:
        found = (owner_of_row(row, self.marks) for row in rows)
        return [ref for ref in found if ref is not None]

    def _grows(self, before: Iterable[Row], after: Iterable[Row]) -> bool:
        """Whether any row gives its owner a group that no row gave them before."""
        given = {(owner_of_row(row, self.marks), group) for row in before for group in row.groups}
        return any((owner_of_row(row, self.marks), group) not in given for row in after for group in row.groups)
