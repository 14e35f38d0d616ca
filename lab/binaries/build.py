"""Binaries built from the Go modules that ``lab/control-plane-src`` pins: one at a time, each kept once it is whole."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.binaries import cache, go_toolchain
from lab.binaries.catalogue import CATALOGUE, SOURCE, Binary
from lab.binaries.errors import BinariesError
from lab.process import Process, ProcessGroup

_REPORT_EVERY_S = 15.0


def build(wanted: Sequence[Binary], report: Callable[[str], None], environment: Mapping[str, str]) -> dict[str, Path]:
    """Build into the cache; interrupted, it leaves no process and no half file, and goes on from there next time.

    Raises:
        BinariesError: if there is no Go and none can be installed, or a build fails; with the end of its output.

    """
    if not wanted:
        return {}
    go = go_toolchain.find(report, environment)
    report(
        f"building {len(wanted)} of {len(CATALOGUE)} binaries with {go.version}: minutes, once; then they are cached"
    )
    processes = ProcessGroup()
    try:
        builder = _Builder(go, processes, report, environment)
        return {
            item.name: builder.build(item, f"{number} of {len(wanted)}") for number, item in enumerate(wanted, start=1)
        }
    finally:
        processes.stop_all()


@dataclass(frozen=True)
class _Builder:
    go: go_toolchain.Go
    processes: ProcessGroup
    report: Callable[[str], None]
    environment: Mapping[str, str]

    def build(self, item: Binary, position: str) -> Path:
        place = cache.place(item, self.environment)
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished, log = place.with_name(f"{item.name}.part"), place.with_name(f"{item.name}.build.log")
        log.unlink(missing_ok=True)
        command, started = _command(item, self.go, unfinished), time.monotonic()
        self.report(f"  {item.name} ({position}) ...")
        process = self.processes.start(f"go build {item.name}", command, _go_environment(self.environment), log)
        _wait(process, lambda: self.report(f"  {item.name} ({position}) ... {time.monotonic() - started:.0f} s"))
        path = cache.store(item, unfinished, f"built with {self.go.version}", self.environment)
        self.report(f"  {item.name} ({position}) built in {time.monotonic() - started:.0f} s")
        return path


def _wait(process: Process, still_building: Callable[[], None]) -> None:
    reported = time.monotonic()
    while process.is_running():
        time.sleep(0.1)
        if time.monotonic() - reported > _REPORT_EVERY_S:
            reported = time.monotonic()
            still_building()
    if process.popen.returncode != 0:
        raise BinariesError(f"{process.name} failed; the end of {process.log}:\n{process.last_log_lines()}")


def _command(item: Binary, go: go_toolchain.Go, target: Path) -> list[str]:
    linker_flags = " ".join(("-s", "-w", *item.linker_flags))
    # `-C` must come first (`go help build`).
    return [str(go.path), "build", "-C", str(SOURCE), "-ldflags", linker_flags, "-o", str(target), item.go_package]


def _go_environment(environment: Mapping[str, str]) -> dict[str, str]:
    # The user's own proxies, module cache and checksum database apply; what decides the result does not come from them.
    return {
        **environment,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOOS": "",
        "GOARCH": "",
    }
