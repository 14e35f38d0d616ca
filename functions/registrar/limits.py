"""An end to every remote call, and to all of them together.

A socket's time-out starts anew with each byte, so a server that drips holds a caller for ever; and several calls that
each wait their time-out wait longer than Lambda does. Lambda kills without a word: the records return, and nobody is
told why. So a call is broken off by an alarm (``setitimer(2)``), and none begins once the run's time is over.

Alarms reach the main thread only, where Lambda runs the handler; in another thread, and on a laptop whose system has no
such alarm, only the second rule holds. (docs/decisions/015-an-end-to-every-call.md)
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from registrar.errors import Unreachable

FUNCTION_SECONDS = 300
"""How long an invocation of the function may last: a sweep reads every access entry by itself."""

LONGEST_CALL_SECONDS = 12.0

_over_at: ContextVar[float] = ContextVar("over_at", default=float("inf"))


class _Alarm(BaseException):
    """Not an ``Exception``: SDKs catch those, and try again."""


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
    left = min(LONGEST_CALL_SECONDS, _over_at.get() - time.monotonic())
    if left <= 0:
        raise Unreachable(f"{what}: not tried, the invocation has no time left; the record returns to the queue")
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    with _alarm_after(left, what):
        yield


@contextmanager
def share_of_time(parts: int) -> Iterator[None]:
    """Let what follows take at most one of so many parts of the time that is left to the run."""
    left = _over_at.get() - time.monotonic()
    if left == float("inf"):
        yield
        return
    with run_for(left / parts):
        yield


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
        raise Unreachable(f"{what}: no whole answer within {seconds:.0f} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, max(0.001, other - (time.monotonic() - since)) if other else 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
