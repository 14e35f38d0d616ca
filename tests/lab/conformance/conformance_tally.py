"""What the suite has seen: behaviour × backend, for the end of the session and for docs/conformance.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from backends import BACKENDS

from bench.table import Table

COLUMNS = ("behaviour", *(backend.name for backend in BACKENDS))
NOT_RUN = "-"
FAILED = "FAILED"


@dataclass
class Conformance:
    """The cells so far, by area and behaviour, then by backend; and the reasons of the words that are not *yes*."""

    cells: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def tables(self) -> Iterable[Table]:
        """A table for each area, in the order in which they came."""
        for area in dict.fromkeys(area for area, _ in self.cells):
            rows = tuple(
                (name, *(cells.get(column, NOT_RUN) for column in COLUMNS[1:]))
                for (place, name), cells in self.cells.items()
                if place == area
            )
            yield Table(area, f"{len(rows)} behaviours.", COLUMNS, rows)

    def summary(self) -> str:
        """The counts in one line."""
        words = [word for cells in self.cells.values() for word in cells.values()]
        return f"behaviours: {len(self.cells)}, plays: {len(words)}, failed: {words.count(FAILED)}"


_TALLY = pytest.StashKey[Conformance]()


def conformance(config: pytest.Config) -> Conformance:
    """The session's."""
    return config.stash.setdefault(_TALLY, Conformance())
