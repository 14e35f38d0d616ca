"""What a fault is: a value with a name, what it does, and what becomes of each record that meets it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum

from lab.faults.rig import Rig
from lab.faults.script import Strike


class End(Enum):
    """What becomes of a record."""

    DONE = "done"
    RETRY = "retry"
    DEAD = "dead letter"
    BOTH = "retry, and a dead letter"


class Errand(Enum):
    """What an invocation is for: a batch of events, or a sweep."""

    EVENTS = "events"
    SWEEP = "sweep"


@dataclass(frozen=True)
class Ends:
    """What becomes of the records; ``None``: it does not come this way.

    The grant, the revocation and the record that is no event at all come in one batch, the request for a sweep alone.
    """

    grant: End | None
    revocation: End | None
    sweep: End | None
    poison: End = End.DEAD

    def of(self, errand: Errand) -> dict[str, End]:
        """Those of one invocation, by the name of the record; empty if it does not come this way."""
        events = {"grant": self.grant, "revocation": self.revocation, "poison": self.grant and self.poison}
        ends = {"sweep": self.sweep} if errand is Errand.SWEEP else events
        return {name: end for name, end in ends.items() if end is not None}


DONE = Ends(End.DONE, End.DONE, End.DONE)
RETRY = Ends(End.RETRY, End.RETRY, End.RETRY)
DEAD = Ends(End.DEAD, End.DEAD, End.DEAD)
GRANT_RETRIED = Ends(End.RETRY, End.DONE, End.RETRY)
REVOCATION_RETRIED = Ends(End.DONE, End.RETRY, End.RETRY)
SWEEP_RETRIED = Ends(None, None, End.RETRY)
SWEEP_DONE = Ends(None, None, End.DONE)

Around = Callable[[Rig], AbstractContextManager[tuple[Strike, ...]]]


@dataclass(frozen=True)
class Fault:
    """One row of the table.

    Attributes:
        area: whose fault it is, a part of the table.
        name: unique.
        ends: what becomes of the records.
        strikes: what the proxies do.
        around: what else is so while it lasts; it may give strikes of its own.
        cold: the invocation is the first of its process, which does not know the cluster's endpoint yet.
        clock_wrong_by_s: how far the function's clock is wrong, in seconds.
        foreign_is_new: somebody has changed aws-auth before, so that the history keeps it.
        wipes: somebody takes rows of ours away; the next sweep brings them back.

    """

    area: str
    name: str
    ends: Ends
    strikes: tuple[Strike, ...] = ()
    around: Around | None = None
    cold: bool = False
    clock_wrong_by_s: float = 0.0
    foreign_is_new: bool = False
    wipes: bool = False

    @property
    def errands(self) -> tuple[Errand, ...]:
        """The invocations that meet it."""
        return tuple(errand for errand in Errand if self.ends.of(errand))
