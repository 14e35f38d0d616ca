"""The access entries of one cluster, as the registrar reads them; how they are written is ``entry_writes``.

An entry has no version that a write could carry. What guards it instead: every write is about one principal, and that
principal is read once more after the write (``reconcile``).

On the event path only the entries of the principals in question are read. A deleted role is looked for under its ARN
without a path, since nobody tells another any more: one that had a path is left to the sweep, and nobody gets in by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from registrar.eks.access_entries import EntriesApi
from registrar.eks.entry import AccessEntry
from registrar.eks.many_entries import FEW, describe_all, having_policies, in_their_turn, with_policies
from registrar.eks_terms import SETTLED_AFTER, STANDARD
from registrar.errors import RegistrarError, TooLarge
from registrar.held import MOST_ENTRIES, Held
from registrar.marks import Marks, is_marked, mark_of_tags, owner_of_arn, role_id_tag
from registrar.model import Principal, PrincipalRef, Role, Row
from registrar.sinks.entry_record import KEY, entries_text, fingerprint_of_entries, then_of
from registrar.sinks.entry_writes import write_entries
from registrar.sinks.keeping import Keeps, remember, what_follows
from registrar.sinks.kept import Record
from registrar.sinks.way_in import entries_with_the_group, hidden


@dataclass(frozen=True)
class EntriesRead:
    """Access entries as they were read at a ``moment`` (UTC), by the ARN of their principal in lower case.

    ``whole``: they are all that the cluster has. ``roles`` are those whose entries are in question, by the same key.
    ``having`` are the principals that have any access policy, by the same key; ``None`` where each entry is asked.
    """

    entries: Mapping[str, AccessEntry]
    marks: Marks
    moment: datetime
    whole: bool
    roles: Mapping[str, Role] = field(default_factory=dict)
    having: frozenset[str] | None = None

    @property
    def data_bytes(self) -> int:
        """None: there is no body that all share."""
        return 0

    @property
    def trouble(self) -> RegistrarError | None:
        """None: what cannot be read is not read at all."""
        return None

    @cached_property
    def held(self) -> Held:
        """Our entries as they are; an entry that EKS does not honour any more has no RoleId."""
        ours = [entry for entry in self.entries.values() if self.is_ours(entry)]
        return Held(
            tuple(self._row(entry) for entry in ours),
            foreign_groups=frozenset(group for entry in self._foreign for group in entry.groups),
            entries=True,
            whole=self.whole,
            others=len(self._foreign),
            settled=frozenset(entry.arn.lower() for entry in ours if not self._is_young(entry)),
            changing=any(entry.modified > entry.created and self._is_young(entry) for entry in ours),
        )

    @cached_property
    def _foreign(self) -> tuple[AccessEntry, ...]:
        return tuple(entry for entry in self.entries.values() if not self.is_ours(entry))

    def _is_young(self, entry: AccessEntry) -> bool:
        return self.moment - entry.modified < SETTLED_AFTER

    def claims(self, roles: Iterable[Role]) -> dict[PrincipalRef, str]:
        """Of these roles those that have an entry which is not ours, with the words that say so."""
        # By the whole ARN: an entry of another path is bound to a role that has gone, and gives this one nothing.
        found = ((role, self.entries.get(role.arn.lower())) for role in roles)
        return {role.ref: _claim(entry, role) for role, entry in found if entry is not None and not self.is_ours(entry)}

    def dead(self, roles: Iterable[Role]) -> tuple[str, ...]:
        """The entries of others that EKS lists and does not honour: their role has gone, or was made again since."""
        known = {role.ref: role for role in roles}
        accounts = {ref.account for ref in known}
        foreign = ((owner_of_arn(entry.arn), entry) for entry in self._foreign)
        judged = ((ref, entry) for ref, entry in foreign if ref is not None and ref.account in accounts)
        return tuple(words for ref, entry in judged if (words := _why_dead(entry, known.get(ref))))

    def hidden(self, marks: Marks) -> tuple[str, ...]:
        """The entries that somebody gave the registrar's own group, in words."""
        return hidden(entries_with_the_group(self._foreign, marks), "the access entry")

    def is_ours(self, entry: AccessEntry) -> bool:
        """Whether an entry carries our mark, for a role, in the only form that we write.

        The registrar's own is none of ours, also if somebody has given it both tags: a sweep would shut it out.
        """
        marked = is_marked(entry.tags, entry.groups, self.marks)
        return marked and entry.kind == STANDARD and owner_of_arn(entry.arn) is not None

    def _row(self, entry: AccessEntry) -> Row:
        mark = mark_of_tags(entry.tags, self.marks) or ""
        role, role_id = self.roles.get(entry.arn.lower()), entry.tags[role_id_tag(mark)]
        lives = role is None or entry.created >= role.created
        return Row(entry.arn, entry.username, entry.groups, True, role_id if lives else "", entry.policies)


@dataclass(frozen=True)
class AccessEntries:
    """The access entries of a real cluster. ``now`` is the clock (UTC), ``pause`` waits before try ``n``.

    Without a ``history`` nothing is kept; with one, what a sweep read: only that has all entries.
    """

    api: EntriesApi
    marks: Marks
    now: Callable[[], datetime]
    pause: Callable[[int], None]
    history: Keeps | None = None

    def read(self, *, whole: bool = False) -> EntriesRead:
        """All entries of the cluster, or (without ``whole``) none before it is known of whom. Raises as ``EntriesApi``.

        EKS's list has ARNs only, so each entry is read by itself, and its access policies with it if it is ours. Of
        many entries it is asked once for all who has any policy, last, so that it is the youngest part of the reading.
        """
        empty = EntriesRead({}, self.marks, self.now(), whole)
        if not whole:
            return empty
        arns = self.api.arns()
        if len(arns) <= FEW:
            return replace(empty, entries=self._read(arns, empty))
        described = describe_all(self.api, arns)
        having = having_policies(self.api, arns)
        ours = [entry for entry in described if empty.is_ours(entry)]
        ours = list(with_policies(self.api, ours, having | in_their_turn(ours, empty.moment)))
        entries = (*(entry for entry in described if not empty.is_ours(entry)), *ours)
        return replace(empty, entries={entry.arn.lower(): entry for entry in entries}, having=having)

    def about(self, current: EntriesRead, principals: Iterable[Principal]) -> EntriesRead:
        """The same reading with the entries of these principals. Raises as ``EntriesApi``."""
        asked = list(principals)
        roles = {one.arn.lower(): one for one in asked if isinstance(one, Role)}
        if current.whole:
            return replace(current, roles=roles)
        arns = [one.arn if isinstance(one, Role) else self._arn_without_path(one.ref) for one in asked]
        return replace(current, roles=roles, entries=self._read(arns, current))

    def write(self, current: EntriesRead, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Make ``rows`` all of ours, each entry by itself: what goes first, then what is given."""
        if current.whole:
            self.remember(current, what_follows(current.held.ours, rows))
        failed = write_entries(self.api, current.entries, current.held.ours, rows, self.marks, self.pause)
        return {
            ref: _advised(error, current) if isinstance(error, TooLarge) else error for ref, error in failed.items()
        }

    def remember(self, current: EntriesRead, before: str) -> None:
        """Keep a whole reading in the history; ``before`` says in one line what is about to be written."""
        remember(self.history, self.api.cluster.tag, lambda: self.record(current), before)

    def record(self, current: EntriesRead) -> Record:
        """All entries as the history keeps them. Raises as ``EntriesApi``.

        The access policies of entries that are not ours are read for this alone: of few entries one call for each that
        can have any, of many one for each that has any.
        """
        ours = filter(current.is_ours, current.entries.values())
        foreign = self._with_policies([one for one in current.entries.values() if not current.is_ours(one)], current)
        then = [*(then_of(one, ours=True) for one in ours), *(then_of(one, ours=False) for one in foreign)]
        return Record({KEY: entries_text(then)}, entries=fingerprint_of_entries(then))

    def _with_policies(self, entries: Iterable[AccessEntry], current: EntriesRead) -> Iterable[AccessEntry]:
        if current.having is not None:
            return with_policies(self.api, entries, current.having)
        return [whole for entry in entries if (whole := self.api.with_policies(entry)) is not None]

    def _read(self, arns: Iterable[str], reading: EntriesRead) -> dict[str, AccessEntry]:
        found = (self._read_one(arn, reading) for arn in arns)
        return {entry.arn.lower(): entry for entry in found if entry is not None}

    def _read_one(self, arn: str, reading: EntriesRead) -> AccessEntry | None:
        entry = self.api.describe(arn)
        return self.api.with_policies(entry) if entry is not None and reading.is_ours(entry) else entry

    def _arn_without_path(self, ref: PrincipalRef) -> str:
        return f"arn:{self.api.partition}:iam::{ref.account}:{ref.kind.value}/{ref.name}"


def _advised(error: TooLarge, current: EntriesRead) -> TooLarge:
    """What EKS says where the cluster has as many entries as it may, with their number if it is known."""
    counted = f"; it had {len(current.entries):,} when they were read" if current.whole else ""
    return TooLarge(
        f"{str(error).rstrip('.')}. EKS allows a cluster {MOST_ENTRIES:,} access entries, or what AWS was asked for"
        f"{counted}. Delete entries that nobody needs (aws eks list-access-entries; `eks-registrar doctor` names dead "
        f"ones), or ask AWS for a higher quota"
    )


def _claim(entry: AccessEntry, role: Role) -> str:
    kind = "an access entry that is not ours" if entry.kind == STANDARD else f"a node's access entry ({entry.kind})"
    said = (
        f"{kind} speaks for this role already (username {entry.username}, groups {', '.join(entry.groups) or 'none'})"
    )
    dead = _why_dead(entry, role)
    return f"{said}; {dead}" if dead else said


def _why_dead(entry: AccessEntry, role: Role | None) -> str | None:
    """An entry is bound to the RoleId that its role had (EKS user guide, "Create access entries")."""
    if role is None:
        why = "its role has gone"
    elif entry.created < role.created or entry.arn.lower() != role.arn.lower():
        why = f"its role was made again at {role.created:%Y-%m-%d %H:%M:%S}"
    else:
        return None
    return f"EKS does not honour the access entry of {entry.arn} any more: {why}. Whoever made it may delete it"
