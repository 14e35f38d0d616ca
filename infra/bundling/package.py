"""The package put together: dependencies, the registrar, its configuration, compiled files."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.bundling import bytecode, wheels
from infra.bundling.bytecode import Interpreter
from infra.bundling.configuration import PackagedConfiguration
from infra.bundling.errors import BundlingError
from infra.bundling.figures import Figures
from infra.bundling.pruning import copy_used
from infra.bundling.target import REGISTRAR, Target
from registrar.defaults import Defaults

# Every file has this time, 1980-01-02 00:00 UTC, so that the same input gives the same zip. A zip can tell none before.
_EPOCH = 315_619_200
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


@dataclass(frozen=True)
class Built:
    """What was built: for what, how large, and who compiled it (``None``: no interpreter was at hand).

    ``filled_in`` is what the clusters of its registrar.yaml took from the defaults.
    """

    target: Target
    figures: Figures
    interpreter: Interpreter | None
    filled_in: tuple[str, ...] = ()

    def __str__(self) -> str:
        compiled = (
            f".pyc compiled by {self.interpreter}"
            if self.interpreter
            else f"no .pyc: no Python {self.target.python} here, so cold starts take longer"
        )
        filled_in = f"; filled into registrar.yaml: {', '.join(self.filled_in)}" if self.filled_in else ""
        return f"function package ({self.target}): {self.figures}; {compiled}{filled_in}"


def build(output: Path, config: Path, target: Target | None = None, defaults: Defaults | None = None) -> Built:
    """Build the package in a folder that is empty or not there yet.

    The same lock, code, configuration and interpreter give the same bytes, modes and times. ``defaults`` are for the
    clusters that leave out account or region.

    Raises ``BundlingError`` if ``output`` holds files, the configuration is not there, a wheel cannot be had, or the
    package is over its limits; ``ConfigurationError`` for a wrong configuration. Nothing is left behind then.
    """
    target = target or Target()
    if not config.is_file():
        raise BundlingError(f"no configuration at {config}: it goes into the function's package; nothing was built")
    if output.exists() and any(output.iterdir()):
        raise BundlingError(f"{output} is not empty: choose another folder; nothing was built")
    packaged = PackagedConfiguration.of(config, defaults)
    output.mkdir(parents=True, exist_ok=True)
    try:
        return _fill(output, packaged, target)
    except BundlingError:
        shutil.rmtree(output)
        raise


def _fill(folder: Path, config: PackagedConfiguration, target: Target) -> Built:
    with tempfile.TemporaryDirectory(prefix="eks-registrar-wheels-") as unpacked:
        wheels.install(target, Path(unpacked))
        copy_used(Path(unpacked), folder)
    shutil.copytree(REGISTRAR, folder / "registrar", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "registrar" / "registrar.yaml").write_bytes(config.content)
    interpreter = bytecode.find_interpreter(target.python)
    if interpreter:
        bytecode.compile_all(folder, interpreter)
    _settle(folder)
    figures = Figures.of(folder)
    if excess := figures.excess():
        raise BundlingError(f"the function's package ({target}) is too large: {excess}; see infra/bundling/pruning.py")
    return Built(target, figures, interpreter, config.filled_in)


def _settle(folder: Path) -> None:
    """One mode and one time for everything."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
        os.utime(path, (_EPOCH, _EPOCH))
