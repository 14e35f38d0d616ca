"""docs/conformance.md: what stands between its markers is written by a run of the suite, everything else by hand."""

from __future__ import annotations

import re
from pathlib import Path

from conformance_tally import Conformance

PATH = Path(__file__).parents[3] / "docs" / "conformance.md"
BEGIN, END = "<!-- written by make conformance -->\n", "<!-- end -->\n"


def write(found: Conformance) -> None:
    """Put the counts, the tables and the reasons of a run between the markers."""
    before, _, rest = PATH.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n\n".join(table.text() for table in found.tables())
    reasons = "\n".join(f"* *{word}*: {reason}." for word, reason in sorted(found.reasons.items()))
    PATH.write_text(
        f"{before}{BEGIN}\n{found.summary()}\n\n{tables}\n\n## The other words\n\n{reasons}\n\n{END}{after}"
    )


def rows_in_it() -> list[tuple[str, ...]]:
    """The rows of its tables, cells stripped, without their heads."""
    _, _, rest = PATH.read_text().partition(BEGIN)
    written, _, _ = rest.partition(END)
    lines = [line for line in written.splitlines() if line[:1] == "|"]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in rows if row[0] != "behaviour" and not re.fullmatch("-+", row[0])]
