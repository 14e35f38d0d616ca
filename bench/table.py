"""Figures as a table that reads the same on a terminal and in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """A title, what the figures mean (one paragraph), the columns, and rows of as many cells."""

    title: str
    meaning: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: a row has not {len(self.columns)} cells")

    def text(self) -> str:
        """The table in Markdown, its columns aligned for a terminal."""
        return "\n".join([f"## {self.title}", "", self.meaning, "", *_lines((self.columns, *self.rows))])


@dataclass(frozen=True)
class Sample:
    """Measurements of one thing in one unit, in the order in which they were taken."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one. Raises ``statistics.StatisticsError`` where nothing was measured."""
        return median(self.values)

    def times(self, floor: Sample) -> str:
        """How many times the floor it is, such as ``1.84``."""
        return f"{self.median / floor.median:.2f}"


def milliseconds(sample: Sample) -> str:
    """The median of a sample of seconds, and the middle half of it: ``12.3 (11.9-13.0)``."""
    ordered = sorted(sample.values)
    low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    return f"{sample.median * 1000:.1f} ({low * 1000:.1f}-{high * 1000:.1f})"


def rotated(things: Sequence[T], number: int) -> tuple[T, ...]:
    """The things in their order, begun with another one in each round, so that none always comes after the same."""
    first = number % len(things)
    return (*things[first:], *things[:first])


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return shown
