"""What the demo prints, as plain text; and how it runs what it prints."""

from __future__ import annotations

import difflib
import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence

from lab.errors import LabError


class DemoError(LabError):
    """Something did not happen that the demo promises."""


def title(text: str) -> None:
    """The beginning of a scene."""
    print(f"\n{text}\n{'─' * len(text)}", flush=True)


def shown(arguments: Sequence[str]) -> None:
    """A command, as a person would type it."""
    print(f"$ {shlex.join(arguments)}", flush=True)


def say(text: str) -> None:
    """A remark."""
    print(f"  · {text}", flush=True)


def since(moment: float) -> str:
    """The seconds since a moment of ``time.monotonic``."""
    return f"{time.monotonic() - moment:.2f} s"


def diff(before: str, after: str) -> None:
    """What has changed, by lines."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=2)
    print("\n".join(lines))


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment that has nothing but that and the PATH."""
    whole = {"PATH": os.environ["PATH"], "AWS_PAGER": "", **environment}
    return subprocess.run(arguments, env=whole, capture_output=True, text=True, check=False)
