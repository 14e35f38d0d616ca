"""The access of a cluster that reads both: access entries, and the rows that are left in aws-auth beside them.

An entry wins over a row of the same role, so entries are what is written. A row of ours stays until its entry has stood
unchanged for two minutes, and goes before its entry goes: one that stays behind would give access back.
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
    """Entries and aws-auth; ``aws_auth`` is ``None`` where there is none, or (``trouble``) none that can be read."""

    entries: EntriesRead
    aws_auth: AwsAuth | None
    trouble: RegistrarError | None = None

    @cached_property
    def held(self) -> Held:
        """Our entries and our rows. An entry, and a row, that are not ours use their groups."""
        held = self.entries.held
        if self.aws_auth is None:
            return held
        rows = self.aws_auth.held
        return replace(
            held,
            ours=(*held.ours, *rows.ours),
            canonical=rows.canonical,
            foreign_groups=held.foreign_groups | rows.foreign_groups,
        )

    @property
    def data_bytes(self) -> int:
        """The size of all values of aws-auth, in bytes."""
        return self.aws_auth.data_bytes if self.aws_auth else 0

    def claims(self, roles: Iterable[Role]) -> dict[PrincipalRef, str]:
        """Those that have an entry or a row that is not ours: an entry of ours would win over such a row."""
        asked = list(roles)
        rows = self.aws_auth.claims(asked) if self.aws_auth else {}
        return rows | self.entries.claims(asked)

    def dead(self, roles: Iterable[Role]) -> tuple[str, ...]:
        """The entries of others that EKS does not honour any more."""
        return self.entries.dead(roles)


@dataclass(frozen=True)
class EntriesBesideRows:
    """Both of a real cluster. A sweep keeps both in the history of ``aws_auth``; ``entries`` has none of its own."""

    entries: AccessEntries
    aws_auth: AwsAuthConfigMap
    marks: Marks

    def read(self, *, whole: bool = False) -> BothRead:
        """Read both, aws-auth with its version. Raises as the two do.

        Without aws-auth there is no row. Where it cannot be read, the authenticator maps nobody by it, and entries can
        still be taken away; nothing is granted, since a row that is not ours may speak for the role.
        """
        aws_auth, trouble = None, None
        try:
            aws_auth = self.aws_auth.read()
        except AwsAuthMissing:
            pass
        except AwsAuthUnreadable as error:
            trouble = error
        return BothRead(self.entries.read(whole=whole), aws_auth, trouble)

    def about(self, current: BothRead, principals: Iterable[Principal]) -> BothRead:
        """The same reading with the entries of these principals. Raises as ``EntriesApi``."""
        return replace(current, entries=self.entries.about(current.entries, principals))

    def write(self, current: BothRead, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Write the rows, then the entries. Raises ``WriteConflict``.

        An entry does not go while its row cannot: that row would give access back, which nobody would see.
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

    def _write_rows(self, current: BothRead, left: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """Write the rows; returns whose row could not be changed, and why."""
        before = current.aws_auth.held if current.aws_auth else Held(())
        if current.aws_auth is None or (left == before.ours and before.canonical):
            return {}
        try:
            self.aws_auth.write(current.aws_auth, left)
        except WriteConflict:
            raise
        except RegistrarError as error:
            changed = {*before.ours} ^ {*left}
            return {ref: error for row in changed if (ref := owner_of_row(row, self.marks)) is not None}
        return {}
