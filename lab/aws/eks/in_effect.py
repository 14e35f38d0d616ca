"""The access entries of a cluster as they are in effect: some time after the API call, if the lab is told so."""

import threading
import time
from collections.abc import Mapping

from lab.aws.eks.model import Entry

Entries = Mapping[str, Entry]


class InEffect:
    """The states that a cluster's entries had, and from when each counts. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._states: list[tuple[float, Entries]] = [(0.0, {})]

    def becomes(self, entries: Entries, after_s: float) -> None:
        """Take over a state that counts ``after_s`` seconds from now on; no earlier one ever counts later."""
        with self._changed:
            at = max(time.monotonic() + after_s, self._states[-1][0])
            self._states.append((at, dict(entries)))
            self._forget()
            self._changed.notify_all()

    def now(self) -> Entries:
        """The entries that count at this moment, by principal ARN."""
        with self._changed:
            self._forget()
            return self._states[0][1]

    def wait_for_change(self, seen: Entries, timeout_s: float | None) -> Entries:
        """The entries that count once they are others than ``seen``, or after ``timeout_s`` seconds in any case."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while True:
                self._forget()
                moment = time.monotonic()
                if self._states[0][1] is not seen or (deadline is not None and moment >= deadline):
                    return self._states[0][1]
                ends = [end for end in (deadline, self._next()) if end is not None]
                self._changed.wait(max(0.0, min(ends) - moment) if ends else None)

    def _next(self) -> float | None:
        return self._states[1][0] if len(self._states) > 1 else None

    def _forget(self) -> None:
        """Drop the states that a later one has replaced."""
        moment = time.monotonic()
        while len(self._states) > 1 and self._states[1][0] <= moment:
            del self._states[0]
