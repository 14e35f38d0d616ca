"""A process like the function's: it imports the handler, works on events, and tells its peak memory after each."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any, cast

from bench.channel import serve
from bench.invocation import Invocation
from registrar import handler

_STATUS = Path("/proc/self/status")


def answer(event: dict[str, Any] | None) -> dict[str, float]:
    """Work on an event (``None``: on nothing yet) and tell the peak memory so far, in MiB."""
    if event is not None:
        handler.handler(event, cast("Any", Invocation()))
    return {"peak_mib": peak_mib()}


def peak_mib() -> float:
    """The largest resident size of this process so far.

    Linux counts the memory of the process that started this one into ``ru_maxrss`` (kernel ``fs/exec.c``, exec_mmap:
    vfork borrows it); its own is ``VmHWM``.
    """
    if _STATUS.exists():
        return int(_STATUS.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    serve(answer)
