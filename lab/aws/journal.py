"""What AWS was asked, and by whom: a line of JSON for each call whose caller is known."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class AskedOfAws:
    """One call: the caller's ARN (of a role its session's), the action such as ``eks:CreateAccessEntry``."""

    caller: str
    action: str


class Journal:
    """Writes the calls down in the order in which they came. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def note(self, caller: str, action: str) -> None:
        """Write a call down, before it is judged or answered."""
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(asdict(AskedOfAws(caller, action))) + "\n")


def read(path: Path) -> Iterator[AskedOfAws]:
    """All calls so far; none before the first."""
    text = path.read_text() if path.exists() else ""
    return (AskedOfAws(**json.loads(line)) for line in text.splitlines())
