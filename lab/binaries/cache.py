"""The cache of binaries: one folder per content of the Go module and platform, each file with its checksum beside it.

The key does not hold the Go version: a new compiler makes no other program of the same pinned source, and a rebuild
takes minutes. Which Go built a file is noted in its record.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lab.binaries.catalogue import SOURCE, Binary
from lab.binaries.errors import BinariesError

_SCRATCH = "scratch-"


def folder(environment: Mapping[str, str]) -> Path:
    """The cache's folder; it may not exist yet."""
    if chosen := environment.get("EKS_REGISTRAR_CACHE"):
        return Path(chosen).absolute()
    base = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".cache"
    return Path(base, "eks-registrar").absolute()


def lookup(item: Binary, environment: Mapping[str, str]) -> Path | None:
    """The cached binary, or None where there is none or it is not what was once put there.

    The checksum of a file is computed again when its size or times have changed since it was last found right: all six
    files take 1.5 s to hash, too much for every start.
    """
    path = place(item, environment)
    record_path = _record_path(path)
    if not path.exists() or not record_path.exists():
        return None
    record = json.loads(record_path.read_text())
    if record["stat"] == _fingerprint(path):
        return path
    if sha256(path) != record["sha256"]:
        return None
    _write_record(record_path, record | {"stat": _fingerprint(path)})
    return path


def store(item: Binary, finished: Path, origin: str, environment: Mapping[str, str]) -> Path:
    """Move a finished file into its place, atomically, and note its checksum and where it comes from."""
    path = place(item, environment)
    finished.chmod(0o755)
    finished.replace(path)
    _write_record(_record_path(path), {"sha256": sha256(path), "origin": origin, "stat": _fingerprint(path)})
    return path


def place(item: Binary, environment: Mapping[str, str]) -> Path:
    """Where the binary is kept: the folder's name changes with all that it is built from."""
    digest = hashlib.sha256(repr((item, platform.system(), platform.machine())).encode())
    ours = (SOURCE / item.go_package).glob("*.go") if item.go_package.startswith("./") else ()
    for source in (SOURCE / "go.mod", SOURCE / "go.sum", *sorted(ours)):
        digest.update(f"\0{source.relative_to(SOURCE)}\0".encode() + source.read_bytes())
    return folder(environment) / "bin" / digest.hexdigest()[:16] / item.name


@contextmanager
def lock(environment: Mapping[str, str], report: Callable[[str], None]) -> Iterator[None]:
    """Hold the cache against other processes that download or build; waits for them and says so."""
    root = folder(environment)
    try:
        root.mkdir(parents=True, exist_ok=True)
        handle = (root / "lock").open("a")
    except OSError as error:
        raise BinariesError(
            f"the cache {root} cannot be written ({error.strerror}): set EKS_REGISTRAR_CACHE"
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"another process is filling {root}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        # What an interrupted download or installation left.
        for stale in root.glob(f"{_SCRATCH}*"):
            shutil.rmtree(stale)
        yield


def scratch(environment: Mapping[str, str]) -> "tempfile.TemporaryDirectory[str]":
    """A temporary folder on the cache's file system, for the holder of the lock."""
    return tempfile.TemporaryDirectory(dir=folder(environment), prefix=_SCRATCH)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _write_record(path: Path, record: Mapping[str, object]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(record, indent=1))
    temporary.replace(path)


def _fingerprint(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
