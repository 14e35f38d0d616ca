"""A folder like the function's package: the registrar and its locked requirements, nothing of lab and tests.

The development environment holds libraries that botocore and urllib3 import wherever they find them (awscrt,
cryptography): a process that finds them is slower and larger than the function.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
_FUNCTIONS = CHECKOUT / "functions"
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """The folder, and one for the .pyc files of what is imported from it."""

    folder: Path
    pyc: Path

    def python(self) -> list[str]:
        """The interpreter without the environment's own libraries."""
        return [sys.executable, "-S"]

    def environment(self, *beside: Path) -> Mapping[str, str]:
        """The variables for ``python()``; ``beside`` are more folders to import from."""
        path = os.pathsep.join(map(str, (self.folder, *beside)))
        return {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONPYCACHEPREFIX": str(self.pyc)}


@contextmanager
def packaged() -> Iterator[Package]:
    """Put the package together from what is installed; it goes when the block ends.

    Raises ``importlib.metadata.PackageNotFoundError`` for a requirement that is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="eks-registrar-bench-") as root:
        package = Package(Path(root) / "package", Path(root) / "pyc")
        package.folder.mkdir()
        (package.folder / "registrar").symlink_to(_FUNCTIONS / "registrar")
        for name in requirements((_FUNCTIONS / "requirements.lock").read_text()):
            _link(metadata.distribution(name), package.folder)
        yield package


def requirements(lock: str) -> list[str]:
    """The names of the distributions that a lock file pins."""
    return [found["name"] for found in _PINNED.finditer(lock)]


def _link(distribution: metadata.Distribution, folder: Path) -> None:
    """Link what a distribution installed beside others: its packages, modules and metadata, but no commands."""
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        link = folder / top
        if not link.exists():
            link.symlink_to(Path(str(distribution.locate_file(top))))
