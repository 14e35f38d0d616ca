"""What a cluster holds of ours, in aws-auth or as access entries, and how much room is left. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from registrar.marks import Marks, owner_of_row
from registrar.model import PrincipalRef, Row

MOST_BYTES = 700_000
MOST_ROWS = 3_000
# Of a cluster, whoever made them, if AWS was asked for no more (AWS general reference, "Amazon EKS endpoints and
# quotas"): to be told and warned of. Only EKS knows where a cluster ends, so nothing is refused by this number.
MOST_ENTRIES = 3_000


@dataclass(frozen=True)
class Held:
    """What a cluster holds of ours, and of everything else the size in bytes and the groups.

    ``ours`` are rows of aws-auth in their order or, where ``entries`` are written, access entries; and, where a cluster
    reads both, what is left in the other form beside them. Without ``whole`` not everything is known, so nothing can be
    called unused.
    ``others`` counts the access entries that are not ours; ``settled`` has the ARNs, in lower case, of those of ours
    that have been in effect for so long that no row needs to stand beside them. ``changing``: an entry of ours was
    changed so lately that what it gave before may still be in effect. Without ``writable`` no row can be made or
    changed: there is no aws-auth, or none that can be read.
    """

    ours: tuple[Row, ...]
    canonical: bool = True
    foreign_bytes: int = 0
    foreign_groups: frozenset[str] = frozenset()
    entries: bool = False
    whole: bool = True
    others: int = 0
    settled: frozenset[str] = frozenset()
    changing: bool = False
    writable: bool = True

    @property
    def rows(self) -> int:
        """How many rows of aws-auth are ours."""
        return sum(not row.entry for row in self.ours)

    def owners(self, marks: Marks) -> tuple[PrincipalRef, ...]:
        """Whom our rows stand for, each once, in the order of the rows."""
        found = (owner_of_row(row, marks) for row in self.ours)
        return tuple(dict.fromkeys(ref for ref in found if ref is not None))


@dataclass
class OurRows:
    """Our rows by whom they belong to; each is given out once.

    A row of aws-auth belongs to the principal that its username names, or to the one of its ARN if somebody edited
    that; an access entry to the one of its ARN, which nobody can edit.
    """

    _rows: dict[int, Row]
    _by_owner: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    _by_arn: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Row], marks: Marks) -> OurRows:
        """All of these rows, none taken yet."""
        made = cls(dict(enumerate(rows)))
        for number, row in enumerate(rows):
            owner = owner_of_row(row, marks)
            if owner is not None:
                made._by_owner.setdefault(owner.key, []).append(number)
            made._by_arn.setdefault(row.arn.lower(), []).append(number)
        return made

    def take(self, ref: PrincipalRef, arn: str | None) -> tuple[Row, ...]:
        """The rows of one principal that nobody took before, in their order; ``arn`` is its ARN without the path."""
        numbers = {*self._by_owner.get(ref.key, ()), *(self._by_arn.get(arn.lower(), ()) if arn else ())}
        return tuple(self._rows.pop(number) for number in sorted(numbers) if number in self._rows)

    def left(self) -> Iterable[Row]:
        """The rows that nobody took."""
        return self._rows.values()


@dataclass
class Room:
    """How many rows and bytes there would be in aws-auth, kept up to date row by row.

    Access entries have no room that is known: EKS refuses the first that is too many.
    """

    rows: int
    size: int

    @classmethod
    def beside(cls, held: Held) -> Room:
        """The room as it is."""
        return cls(held.rows, held.foreign_bytes + sum(map(row_bytes, held.ours)))

    def has(self, before: Sequence[Row], after: Row) -> bool:
        """Whether ``after`` finds room in the place of ``before``."""
        rows, size = self._with(before, after)
        return after.entry or (rows <= MOST_ROWS and size <= MOST_BYTES)

    def swap(self, before: Sequence[Row], after: Row | None) -> None:
        """Put ``after`` in the place of ``before``."""
        self.rows, self.size = self._with(before, after)

    def _with(self, before: Sequence[Row], after: Row | None) -> tuple[int, int]:
        rows = self.rows - len(before) + (after is not None)
        return rows, self.size - sum(map(row_bytes, before)) + (row_bytes(after) if after else 0)


def row_bytes(row: Row) -> int:
    """The size of a row of ours in aws-auth, in bytes: the JSON mapping, ``- `` and the line break; 0 of an entry."""
    if row.entry:
        return 0
    return len(json.dumps({"rolearn": row.arn, "username": row.username, "groups": list(row.groups)})) + 3
