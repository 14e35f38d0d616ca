"""Access entries of ours written, one principal after the other: what is taken away first, then what is given.

    to go                  DeleteAccessEntry
    to change              DisassociateAccessPolicy, UpdateAccessEntry, AssociateAccessPolicy
    of another RoleId      DeleteAccessEntry, CreateAccessEntry: the role was made again, the entry gives nothing
    new                    CreateAccessEntry, AssociateAccessPolicy

One that cannot be written stops no other. What IAM does not let us give must not keep what is to be taken away: then
the entry is written with what stays alone, or deleted if not even that may be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from registrar.eks.access_entries import EntriesApi
from registrar.eks.entry import AccessEntry
from registrar.errors import (
    EntryDenied,
    EntryRefused,
    NotYetVisible,
    RegistrarError,
    Throttled,
    TooLarge,
    Unreachable,
    WriteConflict,
)
from registrar.grants import common_policies, scopes_of
from registrar.marks import Marks, entry_tags, owner_of_arn
from registrar.model import PrincipalRef, Row, takes_away

# After so many calls without an answer no more are made.
MOST_UNANSWERED = 3
# A principal that was made just now is looked for so often before the record returns to the queue.
LOOKS_FOR_PRINCIPAL = 4


@dataclass(frozen=True)
class EntryChange:
    """What becomes of the entry of one principal; at most one of the two is ``None``."""

    before: Row | None
    after: Row | None

    @property
    def takes_away(self) -> bool:
        """Whether something that it gives goes."""
        return takes_away(self.before, self.after)

    @property
    def arn(self) -> str:
        """Whose entry it is."""
        row = self.after or self.before
        return row.arn if row else ""


def write_entries(
    api: EntriesApi,
    entries: Mapping[str, AccessEntry],
    before: Sequence[Row],
    after: Sequence[Row],
    marks: Marks,
    pause: Callable[[int], None],
) -> dict[PrincipalRef, RegistrarError]:
    """Bring our entries from ``before`` to ``after``; returns whose could not be written, and why.

    ``entries`` are those that were read, by ARN in lower case. Once EKS asks us to slow down, or has not answered three
    times, no further one is tried: the record returns to the queue. Once it says that the cluster has as many entries
    as it may, no new one is tried: that is for EKS to say, since AWS can raise the quota, and it is said once.
    """
    writer = _Writer(api, entries, marks, pause)
    failed: dict[PrincipalRef, RegistrarError] = {}
    later, full, unanswered = None, None, 0
    for change in changes(before, after):
        error = later or (_not_tried(change) if full and change.before is None else writer.error_of(change))
        ref = owner_of_arn(change.arn)
        if error is not None and ref is not None:
            failed[ref] = error
            unanswered += isinstance(error, Unreachable)
            later = error if isinstance(error, Throttled) or unanswered >= MOST_UNANSWERED else None
            full = full or (error if isinstance(error, TooLarge) else None)
    return failed


def _not_tried(change: EntryChange) -> TooLarge:
    return TooLarge(f"no access entry for {change.arn}: not tried, since the cluster has no room for one more")


def changes(before: Iterable[Row], after: Iterable[Row]) -> list[EntryChange]:
    """The entries that differ: those that go, then those that lose something, then the rest; each sorted by ARN."""
    old, new = {row.arn: row for row in before}, {row.arn: row for row in after}
    found = [EntryChange(old.get(arn), new.get(arn)) for arn in sorted({*old, *new}) if old.get(arn) != new.get(arn)]
    return sorted(found, key=lambda change: (change.after is not None, not change.takes_away))


@dataclass(frozen=True)
class _Writer:
    api: EntriesApi
    entries: Mapping[str, AccessEntry]
    marks: Marks
    pause: Callable[[int], None]

    def error_of(self, change: EntryChange) -> RegistrarError | None:
        """Write one entry; returns why it could not be written as it should be."""
        try:
            self._write(change)
        except EntryDenied as error:
            return self._other_by_now(change.arn) or error
        except RegistrarError as error:
            return error
        return None

    def _other_by_now(self, arn: str) -> RegistrarError | None:
        """The conflict, if the entry is not the one that was read: then a denial says nothing about that one.

        The rights need our mark on the entry. Of one that has gone, or was made again by somebody else, EKS may say
        "denied" before it says so (not documented): two events of one role must not end as a lack of rights.
        """
        try:
            found = self.api.describe(arn)
        except RegistrarError as error:
            return error
        read = self.entries.get(arn.lower())
        if read.is_still(found) if read is not None else found is None:
            return None
        return WriteConflict(f"the access entry of {arn} was changed by somebody else between our read and our write")

    def _require_as_read(self, arn: str) -> None:
        conflict = self._other_by_now(arn)
        if conflict is not None:
            raise conflict

    def _write(self, change: EntryChange) -> None:
        before, after = change.before, change.after
        if after is None:
            self.api.delete(change.arn)
        elif before is None:
            self._create(after)
        elif before.role_id != after.role_id:
            self.api.delete(before.arn)
            self._create(after)
        else:
            self._change_or_take_away(before, after)

    def _change_or_take_away(self, before: Row, after: Row) -> None:
        try:
            self._change(before, after)
        except (EntryDenied, EntryRefused):
            self._require_as_read(before.arn)
            less = _both(before, after)
            if less == before:
                raise  # nothing is taken away: who has it keeps it
            self._reduce(before, less)
            if less != after:
                raise

    def _reduce(self, before: Row, less: Row) -> None:
        """Take away what is not in ``less``, by whatever way IAM leaves: the right to delete needs our mark alone.

        How IAM judges an update, by the groups that are or by those that shall be, is not documented: an entry of ours
        that somebody has put a group into may be one that we are not let to update at all.
        """
        try:
            self._change(before, less)
        except (EntryDenied, EntryRefused):
            self._require_as_read(before.arn)
            self.api.delete(before.arn)
            if less.rights:
                self._create(less)

    def _change(self, before: Row, after: Row) -> None:
        old, new = scopes_of(before.policies), scopes_of(after.policies)
        for policy in old.keys() - new.keys():
            self.api.disassociate(after.arn, policy)
        self._mark(after)
        if (before.username, before.groups) != (after.username, after.groups):
            self.api.update(after.arn, after.username, after.groups)
        self._associate(after, old)

    def _mark(self, row: Row) -> None:
        """Give an entry of a former name the mark of today: whatever comes after finds it as ours."""
        entry, tags = self.entries.get(row.arn.lower()), entry_tags(row.role_id, self.marks.installation)
        if entry is not None and any(entry.tags.get(key) != value for key, value in tags.items()):
            self.api.tag(row.arn, tags)

    def _create(self, row: Row) -> None:
        for number in range(1, LOOKS_FOR_PRINCIPAL + 1):
            try:
                self.api.create(row.arn, row.username, row.groups, entry_tags(row.role_id, self.marks.installation))
                break
            except NotYetVisible:
                if number == LOOKS_FOR_PRINCIPAL:
                    raise
                self.pause(number)
        try:
            self._associate(row, {})
        except EntryDenied as error:
            if self.api.describe(row.arn) is None:
                raise WriteConflict(f"{error}; the entry that we made was deleted by somebody else") from error
            raise

    def _associate(self, row: Row, standing: Mapping[str, tuple[str, ...]]) -> None:
        """One association for each policy, its namespaces united; one that is there as it should be is left alone."""
        for policy, namespaces in scopes_of(row.policies).items():
            if standing.get(policy) != namespaces:
                self.api.associate(row.arn, policy, namespaces)


def _both(before: Row, after: Row) -> Row:
    """What stands and is wanted: nothing that grows."""
    groups = tuple(group for group in after.groups if group in before.groups)
    return replace(after, groups=groups, policies=common_policies(before.policies, after.policies))
