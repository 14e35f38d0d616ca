"""A clock that goes wrong: the whole process sees it, its signatures and tokens included.

It must be installed before anything else imports ``datetime`` by name. The monotonic clock, which timeouts are measured
by, goes on as it should, as it does on a machine whose clock is set wrong.
"""

from __future__ import annotations

import datetime
import time
from datetime import datetime as _real_datetime
from typing import Any

_real_time = time.time
_skew_s = 0.0


class _SeenAsDatetime(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _real_datetime)


class SkewedDatetime(_real_datetime, metaclass=_SeenAsDatetime):
    """``datetime.datetime`` by the wrong clock."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """The wrong time."""
        return _real_datetime.now(tz) + datetime.timedelta(seconds=_skew_s)

    @classmethod
    def utcnow(cls) -> Any:
        """The wrong time, without a zone."""
        return cls.now(datetime.UTC).replace(tzinfo=None)


def install() -> None:
    """Put this clock in the place of the process's own; it is right until it is set."""
    datetime.datetime = SkewedDatetime  # type: ignore[misc]
    time.time = lambda: _real_time() + _skew_s


def set_wrong(by_seconds: float) -> None:
    """Let it go wrong by so many seconds from now on; the future is positive."""
    global _skew_s  # noqa: PLW0603 - a process has one clock
    _skew_s = by_seconds
