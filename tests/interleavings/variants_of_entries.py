"""The registrar with a precaution about access entries left out: what the walk must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lab.memory.stores import PlaceBehind
from registrar.eks.entry import AccessEntry
from registrar.errors import RegistrarError
from registrar.model import PrincipalRef, Row
from registrar.service import Registrar
from registrar.sinks.access_entries import EntriesRead
from registrar.sinks.both_places import BothPlaces, BothRead
from registrar.sinks.place import Place
from tests.interleavings.variants import with_rows

RowOf = Callable[[EntriesRead, AccessEntry], Row]


@dataclass(frozen=True)
class EntriesThenRows(PlaceBehind):
    """Both places, the entries written first."""

    both: BothPlaces

    def write(self, current: BothRead, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """The entries, then the rows."""
        refused = self.both.entries.write(current.entries, tuple(row for row in rows if row.entry))
        left = tuple(row for row in rows if not row.entry)
        if current.aws_auth is not None and left != current.aws_auth.held.ours:
            self.both.aws_auth.write(current.aws_auth, left)
        return refused


def writes_entries_before_rows(registrar: Registrar) -> Registrar:
    """An entry goes while a row of ours would still give access back."""

    def turned(place: Place) -> Place:
        assert isinstance(place, BothPlaces)
        return EntriesThenRows(place, place)

    return with_rows(registrar, turned)


def looks_at_rows_alone(registrar: Registrar) -> Registrar:
    """Rows are written, so nobody looks for entries."""

    def rows(place: Place) -> Place:
        assert isinstance(place, BothPlaces)
        return place.aws_auth

    return with_rows(registrar, rows)


def without_role_ids(row_of: RowOf) -> RowOf:
    """Entries known by the name of their role: one that was made again keeps its dead entry."""

    def row(reading: EntriesRead, entry: AccessEntry) -> Row:
        role = reading.roles.get(entry.arn.lower())
        found = row_of(reading, entry)
        return replace(found, role_id=role.role_id) if role is not None else found

    return row


def row_of_any(_reading: EntriesRead, entry: AccessEntry) -> Row:
    """An entry as if it were ours, whatever its tags say."""
    role_id = entry.tags.get("eks-registrar/role-id", "AROA1")
    return Row(entry.arn, entry.username, entry.groups, True, role_id, entry.policies)
