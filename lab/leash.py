"""Becomes another program that dies with its parent: ``python leash.py PARENT_PID PROGRAM ARGUMENT...``.

``prctl(PR_SET_PDEATHSIG)`` survives ``execve`` (prctl(2)), so it can be set here rather than in a ``preexec_fn``, which
is unsafe in a program with threads. On systems without it, :mod:`lab.guard` alone sees to it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    """Ask for SIGKILL at the parent's death and become ``argv``; exit 127 with a sentence if that cannot be run."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the lab that wanted this process is gone")
    # A background job of a non-interactive shell ignores SIGINT, and an ignored signal is inherited.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - to be that program is the purpose
    except OSError as error:
        print(f"cannot run {argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
