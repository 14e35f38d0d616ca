""".pyc files, compiled by an interpreter of the runtime's own minor version.

``/var/task`` is read-only: without them every cold start compiles every module again, which costs two to six times as
much as the imports themselves.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.bundling.errors import BundlingError
from infra.bundling.target import TASK_ROOT

_ASK = "import sys; print(sys.implementation.name, '.'.join(map(str, sys.version_info[:3])), sys.version_info[3])"


@dataclass(frozen=True)
class Interpreter:
    """A CPython; ``version`` is complete, such as ``3.13.1``."""

    path: Path
    version: str

    def __str__(self) -> str:
        return f"Python {self.version} at {self.path}"


def find_interpreter(minor: str, environment: Mapping[str, str] = os.environ) -> Interpreter | None:
    """A released CPython of a minor version on this machine, or ``None``.

    Looked for are: the one that runs this, ``python3.13`` on the PATH, pyenv's versions, and those that uv manages.
    """
    for path in _candidates(minor, environment):
        version = _version(path)
        if version is not None and version.rpartition(".")[0] == minor:
            return Interpreter(path, version)
    return None


def compile_all(folder: Path, interpreter: Interpreter) -> None:
    """Compile every module of a folder. Raises ``BundlingError``.

    The mode is ``unchecked-hash``: the default notes the source's time, which the zip changes, so that no file would
    ever be found valid. File names in tracebacks are those of the function. Fixed hash seed and one process: the same
    source gives the same bytes.
    """
    mode = ("--invalidation-mode", "unchecked-hash")
    names = ("-s", str(folder), "-p", TASK_ROOT)
    done = subprocess.run(
        [str(interpreter.path), "-P", "-s", "-S", "-m", "compileall", "-q", "-j", "1", *mode, *names, str(folder)],
        env={"PATH": os.defpath, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BundlingError(f"{interpreter} could not compile the package:\n{done.stdout}{done.stderr}")


def _candidates(minor: str, environment: Mapping[str, str]) -> Iterator[Path]:
    name = f"python{minor}"
    yield Path(sys.executable)
    yield from (Path(folder, name) for folder in environment.get("PATH", "").split(os.pathsep) if folder)
    home = Path(environment.get("HOME") or "/nonexistent")
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{minor}.*/bin/{name}"))
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    managed = Path(environment.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    yield from sorted(managed.glob(f"cpython-{minor}.*/bin/{name}"))


def _version(path: Path) -> str | None:
    """The complete version; ``None`` for what does not run (a shim of pyenv's), is no CPython or a prerelease."""
    if not os.access(path, os.X_OK):
        return None
    asked = subprocess.run([str(path), "-I", "-S", "-c", _ASK], capture_output=True, text=True, check=False)
    implementation, _, rest = asked.stdout.strip().partition(" ")
    version, _, level = rest.partition(" ")
    # The bytecode's magic number may change until the final release.
    return version if asked.returncode == 0 and (implementation, level) == ("cpython", "final") else None
