"""What the bench has seen: fault × outcome, for the end of the session and for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from bench.table import Table

COLUMNS = ("fault", "grant", "revocation", "poison", "sweep", "lost rows")
NOT_RUN = "-"
FAILED = "FAILED"


@dataclass
class Row:
    """One fault, what became of the records that met it, by their names, and the rows that were lost by it."""

    area: str
    fault: str
    ends: dict[str, str] = field(default_factory=dict)
    lost: int = 0

    def cells(self) -> tuple[str, ...]:
        """In the order of ``COLUMNS``."""
        return self.fault, *(self.ends.get(name, NOT_RUN) for name in COLUMNS[1:-1]), str(self.lost)


@dataclass
class Tally:
    """All rows so far, by area and fault, and how many invocations they stand for."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    inputs: int = 0

    def row(self, area: str, fault: str) -> Row:
        """The row of a fault, to be filled in."""
        return self.rows.setdefault((area, fault), Row(area, fault))

    @property
    def lost(self) -> int:
        """Rows lost, over all faults."""
        return sum(row.lost for row in self.rows.values())

    def summary(self) -> str:
        """The counts in one line."""
        return f"faults: {len(self.rows)}, inputs: {self.inputs}, lost rows: {self.lost}"

    def tables(self) -> Iterable[Table]:
        """A table for each area, in the order in which they came."""
        for area in dict.fromkeys(row.area for row in self.rows.values()):
            cells = tuple(row.cells() for row in self.rows.values() if row.area == area)
            yield Table(area, f"{len(cells)} faults.", COLUMNS, cells)


_TALLY = pytest.StashKey[Tally]()


def tally(config: pytest.Config) -> Tally:
    """The session's tally."""
    return config.stash.setdefault(_TALLY, Tally())
