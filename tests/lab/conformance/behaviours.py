"""What a behaviour is: a sentence, and a function that plays it; and what stands in its place where it cannot exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backends import BACKENDS, Backend
from ground import Ground

YES = "yes"
Play = Callable[[Ground], None]


@dataclass(frozen=True)
class Instead:
    """What is so where a behaviour cannot exist: one word for the table, the reason, and its own proof."""

    word: str
    reason: str
    play: Play


@dataclass(frozen=True)
class Behaviour:
    """One row of the table.

    Attributes:
        area: the part of the table.
        name: one short sentence, unique.
        play: plays it, and raises ``AssertionError`` where it is not so.
        instead: what stands in its place, by the backend's name.

    """

    area: str
    name: str
    play: Play
    instead: Mapping[str, Instead] = field(default_factory=dict)

    def on(self, backend: Backend) -> tuple[str, Play]:
        """The word for the table, and what to play."""
        other = self.instead.get(backend.name)
        return (other.word, other.play) if other else (YES, self.play)

    def words(self) -> tuple[str, ...]:
        """The expected cells, in the order of the backends."""
        return tuple(self.on(backend)[0] for backend in BACKENDS)


def instead(where: tuple[Backend, ...], word: str, reason: str, play: Play) -> dict[str, Instead]:
    """The same in place of a behaviour for some backends."""
    return {backend.name: Instead(word, reason, play) for backend in where}
