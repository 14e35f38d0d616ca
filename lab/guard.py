"""Kills the process groups of a lab whose owner has died, however it died.

Run as a script by :class:`lab.process.ProcessGroup`, with the standard library alone. It reads lines ``+PGID`` and
``-PGID`` from standard input; at the end of the input (the owner has closed it or is gone) every group that is still
listed is killed. This also reaches what the children started themselves, which ``PR_SET_PDEATHSIG`` does not, and it
works where there is no such signal (macOS).
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Follow the list of groups until the owner is gone, then kill what is left."""
    # A Ctrl-C goes to the whole foreground group; the guard must outlive its owner.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        sign, group = line[0], int(line[1:])
        if sign == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
