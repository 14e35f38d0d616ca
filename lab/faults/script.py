"""Which calls meet harm: a list of strikes that both proxies of a rig share, and a journal of what came by."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lab.faults.harm import Harm

FOREVER = 1_000_000


@dataclass(frozen=True)
class Strike:
    """Harm for some calls.

    Attributes:
        at: a glob on the call's name: ``PATCH /api/v1/…/aws-auth``, ``iam:GetRole NAME``, ``eks:DescribeCluster NAME``.
        harm: what happens to it.
        times: how many such calls meet it.
        after: how many such calls are let pass before.

    """

    at: str
    harm: Harm
    times: int = FOREVER
    after: int = 0


class Script:
    """The strikes in force. Safe to use from several threads.

    Attributes:
        over: set once the harm is taken away: what hangs then stops hanging.

    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._strikes: tuple[Strike, ...] = ()
        self._seen: list[int] = []
        self._calls: list[str] = []
        self._struck = 0
        self.over = threading.Event()
        self.over.set()

    def arm(self, strikes: Sequence[Strike]) -> None:
        """Put strikes in force and begin the journal anew."""
        with self._lock:
            self._strikes, self._seen = tuple(strikes), [0] * len(strikes)
            self._calls, self._struck = [], 0
            self.over = threading.Event()

    def heal(self) -> None:
        """Take all harm away; the journal stays to be read."""
        with self._lock:
            self._strikes = ()
            self.over.set()

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of the calls since the strikes were put in force, in the order in which they came."""
        with self._lock:
            return tuple(self._calls)

    @property
    def struck(self) -> int:
        """How many of them met harm."""
        with self._lock:
            return self._struck

    def harm_for(self, name: str) -> Harm | None:
        """Note a call; the harm that it meets, if any: that of the first strike that fits."""
        with self._lock:
            self._calls.append(name)
            for index, strike in enumerate(self._strikes):
                if not fnmatchcase(name, strike.at):
                    continue
                self._seen[index] += 1
                if strike.after < self._seen[index] <= strike.after + strike.times:
                    self._struck += 1
                    return strike.harm
            return None
