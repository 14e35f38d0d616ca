"""What a command does that starts a lab of its own, does something with it, and leaves nothing behind."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lab.errors import LabError


def run(name: str, errand: Callable[[Path], None], *, undone: str = "") -> int:
    """Do it in a folder that is gone afterwards; returns the exit code, with one sentence on standard error if not 0.

    0: done. 1: it raised ``LabError``, which stands in the sentence. 130: Ctrl-C, with ``undone``: what was not done.
    """
    with tempfile.TemporaryDirectory(prefix=f"eks-registrar-{name}-") as folder:
        try:
            errand(Path(folder))
        except LabError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"{name}: interrupted; nothing is left running{undone}", file=sys.stderr)
            return 130
    return 0
