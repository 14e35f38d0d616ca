"""Worlds that were met: equal ones are one object, and each works out the answer to a request once."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.memory.api_server import NEVER_THERE, Stored
from lab.memory.requests import Answer, Request
from lab.memory.world import World
from registrar.sinks.aws_auth import PATH


@dataclass(eq=False)
class Known:
    """A world that was met. Compared by identity: see ``Worlds``."""

    world: World
    aws_auth: Stored
    outcomes: dict[Request, list[tuple[Known, Answer]]] = field(default_factory=dict)


@dataclass
class Worlds:
    """All worlds that were met."""

    _known: dict[World, Known] = field(default_factory=dict)

    def know(self, world: World) -> Known:
        """The one object for this world."""
        if world not in self._known:
            self._known[world] = Known(world, dict(world.api.objects).get(PATH, NEVER_THERE))
        return self._known[world]

    def outcomes(self, known: Known, asked: Request) -> list[tuple[Known, Answer]]:
        """Every way in which a request may go, with the world after it."""
        if asked not in known.outcomes:
            found = known.world.outcomes(asked)
            known.outcomes[asked] = [(self.know(world), answer) for world, answer in found]
        return known.outcomes[asked]

    def __len__(self) -> int:
        return len(self._known)
