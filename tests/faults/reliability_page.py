"""docs/reliability.md: what stands between its markers is written by a run of the bench, everything else by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tally import Tally

PATH = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- written by make reliability -->\n", "<!-- end -->\n"


def write(found: Tally, counts: Mapping[str, int]) -> None:
    """Put the counts and the tables of a run between the markers."""
    text = PATH.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PATH.write_text(before + BEGIN + _written(found, counts) + END + after)


def _written(found: Tally, counts: Mapping[str, int]) -> str:
    lines = [found.summary(), *(f"{name}: {count:,}" for name, count in counts.items())]
    listed = "\n".join(f"* {line}" for line in lines)
    tables = "\n\n".join(table.text() for table in found.tables())
    return f"\n{listed}\n\n{tables}\n\n"


def faults_in_it() -> list[tuple[str, ...]]:
    """The rows of its tables, cells stripped, without their heads."""
    _, _, rest = PATH.read_text().partition(BEGIN)
    written, _, _ = rest.partition(END)
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in written.splitlines() if line[:1] == "|"
    ]
    return [row for row in rows if row[0] != "fault" and not re.fullmatch("-+", row[0])]
