"""``python -m bench``: measure on a local EKS of its own, print the tables, and write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import imports, memory
from bench.audit import AuditLog
from bench.channel import Child
from bench.counting import Counting
from bench.many_entries import ManyEntries
from bench.one_event import OneEvent
from bench.package import packaged
from bench.stage import Stage
from bench.table import Table
from lab import errand
from lab.local_eks import LocalEks
from lab.settings import API

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {day}, with Python {python} on {cores} cores ({system}). Read the ratios: they come from one
run on one machine. The times belong to that machine, whose cores the API server, etcd, the authenticator and IAM's
stand-in share with the program that is measured.
"""


def main() -> int:
    """Measure everything; leave nothing running."""
    return errand.run("bench", _measure, undone=", nothing was written")


def _measure(folder: Path) -> None:
    head = HEAD.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}", python=platform.python_version(), cores=os.cpu_count(),
        system=f"{platform.system()} {platform.machine()}",
    )  # fmt: skip
    parts = [head.rstrip()]
    for table in _tables(folder):
        print(f"\n{table.text()}", flush=True)
        parts.append(table.text())
    DOCUMENT.write_text("\n\n".join(parts) + "\n")
    print(f"\nwritten to docs/{DOCUMENT.name}")


def _tables(folder: Path) -> Iterator[Table]:
    with packaged() as package:
        yield imports.table(package)
        with LocalEks.start(folder, with_function=False, report=_say) as lab:
            stage, audit = Stage.set(lab), AuditLog(lab.audit_log, lab.api)
            yield memory.table(stage, package)
            with Child("bench.warm", lab.registrar_environment()) as child:
                yield Counting(stage, child, audit).table()
                yield OneEvent(stage, child, audit).table()
        with LocalEks.start(folder, with_function=False, report=_say, mode=API) as lab:
            yield ManyEntries.set(lab).table()


def _say(text: str) -> None:
    print(f"  · {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
