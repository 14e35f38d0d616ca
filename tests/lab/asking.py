"""Clients that ask all the while something else happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from stage import Stage, eventually

Ask = Callable[[], str | None]
"""Sends one request; how it was refused, ``None`` if it was not."""


@dataclass
class Asking:
    """``with Asking(ask) as client:`` asks again and again, in a thread of its own.

    ``requests`` counts those sent, ``refusals`` holds what refused any of them.
    """

    ask: Ask
    requests: int = 0
    refusals: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def asks_on(self, times: int) -> bool:
        """Wait until so many more requests are sent; whether they were."""
        seen = self.requests
        return bool(eventually(lambda: self.requests >= seen + times))

    def _run(self) -> None:
        while not self._stop.is_set():
            refusal = self.ask()
            self.requests += 1
            self.refusals += [] if refusal is None else [refusal]


def by_kubectl(stage: Stage, role: str, *arguments: str) -> Ask:
    """A role's own kubectl, each time with a fresh session."""

    def ask() -> str | None:
        asked = stage.as_role(role, *arguments)
        return asked.stderr if asked.returncode else None

    return ask
