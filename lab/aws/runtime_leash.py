"""Becomes the runtime's process, one that dies with its emulator: ``python runtime_leash.py PROGRAM ARGUMENT...``.

The emulator puts the runtime into a process group of its own, out of reach of :mod:`lab.guard`; a runtime in the middle
of an invocation would outlive a lab that was killed. Unlike :mod:`lab.leash` it need not be told its parent. It has the
standard library alone, because it runs in the function's environment.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - to be that program is the purpose
