"""Many remote reads at once, for the main thread, which must be able to give up.

    main thread      puts what is to be read in order, waits for each answer, and raises the first error
    some threads     take one after the other, until nothing is left or the main thread has stopped them

No alarm reaches a thread, so none can be taken out of a call that hangs. The main thread leaves it behind instead: it
is a daemon, which no process waits for at its end, and what it still brings is nobody's any more. botocore's clients
are safe to use from threads; in the adaptive retry mode all of them together keep the pace that AWS sets.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from registrar.errors import Unreachable
from registrar.limits import (
    LONGEST_CALL_SECONDS,
    Watch,
    took_too_long,
    watch_calls,
)

AT_ONCE = 8
"""Threads: fewer than the ten connections that botocore keeps open for a client."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(read: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """What ``read`` returns for each of the items, in their order.

    Each remote call that it makes has its end, and none begins when the run's time is over (``limits``). One error is
    that of all: no further call begins then, and those that are under way are left behind.

    Raises:
        Unreachable: if a call takes too long. And whatever ``read`` raises.

    """
    if len(items) <= 1:
        return [read(item) for item in items]
    reading = _Reading(read, items)
    try:
        for number in range(min(AT_ONCE, len(items))):
            if not reading.begin(number):
                break
        return reading.results()
    finally:
        reading.stopped.set()


@dataclass(frozen=True)
class _Reading(Generic[Item, Result]):
    """One reading of some items. In ``done`` is what was read, with the number of its item, or an error."""

    read: Callable[[Item], Result]
    items: Sequence[Item]
    stopped: threading.Event = field(default_factory=threading.Event)
    done: SimpleQueue[tuple[int, Result] | BaseException] = field(default_factory=SimpleQueue)
    watches: list[Watch] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def begin(self, number: int) -> bool:
        """Let one thread more take part; whether there can be one. Raises ``Unreachable`` if there can be none at all.

        A warm function may have threads left that hang in calls of former runs.
        """
        watch = Watch(self.stopped)
        # A context can be entered by one thread at a time, so each has a copy: in it stands when the run is over.
        run = copy_context().run
        try:
            threading.Thread(target=run, args=(self._work, watch), name=f"read-{number}", daemon=True).start()
        except RuntimeError as error:
            if not self.watches:
                raise Unreachable(f"nothing could be read: {error}; the record returns to the queue") from error
            return False
        self.watches.append(watch)
        return True

    def _work(self, watch: Watch) -> None:
        watch_calls(watch)
        # next() of a counter is one step of the interpreter: no two threads get the same number.
        while not self.stopped.is_set() and (number := next(self._numbers)) < len(self.items):
            try:
                self.done.put((number, self.read(self.items[number])))
            except BaseException as error:  # noqa: BLE001 - raised in the thread that waits for it
                self.done.put(error)
                return

    def results(self) -> list[Result]:
        """Everything that was read, in the order of the items. Raises the first error."""
        found: dict[int, Result] = {}
        while len(found) < len(self.items):
            one = self._next()
            if isinstance(one, BaseException):
                raise one
            found[one[0]] = one[1]
        return [found[number] for number in range(len(self.items))]

    def _next(self) -> tuple[int, Result] | BaseException:
        """What a thread brings next. Raises ``Unreachable`` if one call takes too long, or all of them do."""
        none_at_all = time.monotonic() + LONGEST_CALL_SECONDS
        while True:
            calls = [call for watch in self.watches if (call := watch.call) is not None]
            first = min(calls, default=None)
            over_at = none_at_all if first is None else min(none_at_all, first[0])
            try:
                return self.done.get(timeout=max(0.0, over_at - time.monotonic()))
            except Empty:
                if first is not None and any(watch.call is first for watch in self.watches):
                    longest = first[2] if over_at == first[0] else LONGEST_CALL_SECONDS
                    raise Unreachable(took_too_long(first[1], longest)) from None
                none_at_all = time.monotonic() + LONGEST_CALL_SECONDS
