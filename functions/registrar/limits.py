"""An end to every remote call, and to all of them together.

A socket's time-out starts anew with each byte, so a server that drips holds a caller for ever; and several calls that
each wait their time-out wait longer than Lambda does. Lambda kills without a word: the records return, and nobody is
told why. So a call is broken off by an alarm (``setitimer(2)``), and none begins once the run's time is over.

Alarms reach the main thread only, where Lambda runs the handler. In a thread that reads for it (``side_by_side``) a
call cannot be broken off, but whoever waits for it is told when it should have been over, and goes on without it. In
any other thread, and on a laptop whose system has no such alarm, only the second rule holds.
(docs/decisions/015-an-end-to-every-call.md)
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from registrar.errors import Unreachable

FUNCTION_SECONDS = 300
"""How long an invocation of the function may last: a sweep reads every access entry by itself."""

LONGEST_CALL_SECONDS = 12.0
# Of one among several calls at once: they wait in turn for the pace that AWS sets, each within its call.
LONGEST_CALL_AMONG_MANY_SECONDS = 3 * LONGEST_CALL_SECONDS

RESERVED_SECONDS = 10.0
"""What a sweep keeps for each thing that comes after the one it is at: time to read, or to write, a small cluster."""

# What is less ends before a call could begin, and an alarm so soon would ring outside of what catches it.
_LEAST_SECONDS = 0.001

_over_at: ContextVar[float] = ContextVar("over_at", default=float("inf"))


class _Alarm(BaseException):
    """Not an ``Exception``: SDKs catch those, and try again."""


@dataclass
class Watch:
    """The remote call that a thread is in, ``None`` between calls; once it is ``stopped``, none begins any more.

    A call is when it must be over (by ``time.monotonic``), what it is, and how many seconds it has.
    """

    stopped: threading.Event
    call: tuple[float, str, float] | None = None


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


def watch_calls(watch: Watch) -> None:
    """Note in ``watch`` every remote call that this thread makes from now on: for a thread that no alarm reaches."""
    _watch.set(watch)


@contextmanager
def run_for(seconds: float) -> Iterator[None]:
    """Let no remote call begin or go on after so many seconds from now."""
    token = _over_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _over_at.reset(token)


@contextmanager
def limited(what: str) -> Iterator[None]:
    """One remote call. Raises ``Unreachable`` if it takes too long, or if the run's time is over."""
    watch = _watch.get()
    longest = LONGEST_CALL_SECONDS if watch is None else LONGEST_CALL_AMONG_MANY_SECONDS
    left = min(longest, time_left())
    if left <= _LEAST_SECONDS:
        raise Unreachable(f"{what}: not tried, the invocation has no time left; the record returns to the queue")
    if watch is not None:
        if watch.stopped.is_set():
            raise Unreachable(f"{what}: not tried, nobody waits for it any more")
        with _noted(watch, what, left):
            yield
        return
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    with _alarm_after(left, what):
        yield


@contextmanager
def share_of_time(parts: int, *, reserve: float | None = None) -> Iterator[None]:
    """Let what follows take at most one of so many parts of the time that is left to the run.

    With a ``reserve``, in seconds (see ``reserve_for``), it may take all the time but for so much for each of the other
    parts.
    """
    left = time_left()
    if left == float("inf"):
        yield
        return
    share = left / parts
    if reserve is not None:
        share = max(share, left - reserve * (parts - 1))
    with run_for(share):
        yield


def reserve_for(parts: int) -> float:
    """What to keep for each of so many parts, in seconds, whatever the others use up: fixed once, when a run begins.

    Together never more than half of the time: else none of many could have more than an equal share.
    """
    return min(RESERVED_SECONDS, time_left() / 2 / max(1, parts - 1))


def time_left() -> float:
    """The seconds that are left to the run, infinitely many where it has no end."""
    return _over_at.get() - time.monotonic()


@contextmanager
def _noted(watch: Watch, what: str, seconds: float) -> Iterator[None]:
    """Say to whoever watches this thread that it is in a call."""
    watch.call = (time.monotonic() + seconds, what, seconds)
    try:
        yield
    finally:
        watch.call = None


@contextmanager
def _alarm_after(seconds: float, what: str) -> Iterator[None]:
    """Break off what is inside after so many seconds; an alarm that was set before stays set."""
    armed = [True]

    def ring(_number: int, _frame: object) -> None:
        if armed:
            raise _Alarm

    handler = signal.signal(signal.SIGALRM, ring)
    since, (other, _) = time.monotonic(), signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        try:
            yield
        finally:
            armed.clear()  # from here on it cannot ring any more, so nothing below is left undone
    except _Alarm:
        raise Unreachable(took_too_long(what, seconds)) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, max(0.001, other - (time.monotonic() - since)) if other else 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)


def took_too_long(what: str, seconds: float) -> str:
    """That a call was not answered in so many seconds."""
    return f"{what}: no whole answer within {seconds:.0f} s"
