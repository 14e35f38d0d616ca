"""The import of the handler beside the libraries that it cannot do without, each in a fresh process."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from bench.package import Package
from bench.table import Sample, Table, milliseconds

ROUNDS = 11
_TIMED = """\
import time
wall, cpu = time.perf_counter(), time.process_time()
import {0}
print(time.perf_counter() - wall, time.process_time() - cpu)
"""
# The tracer looks at the second to know that it runs in Lambda (Powertools, tracing/tracer.py).
_IN_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "eks-registrar", "LAMBDA_TASK_ROOT": "/var/task"}
PROGRAMS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "floor: boto3 and urllib3": ("boto3, urllib3", _IN_LAMBDA),
    "registrar.handler, tracing off": ("registrar.handler", {**_IN_LAMBDA, "POWERTOOLS_TRACE_DISABLED": "true"}),
    "registrar.handler, tracing on": ("registrar.handler", _IN_LAMBDA),
}
MEANING = (
    "Time inside a fresh process, without the start of Python itself. Only the function's own requirements can be "
    f"imported, and every module has its .pyc file. The programs take turns for {ROUNDS} rounds. Goal: at most twice "
    "the floor."
)
COLUMNS = ("import", "ms, median (middle half)", "times the floor", "CPU ms", "CPU, times the floor")


def table(package: Package) -> Table:
    """Measure; the first import of each, which writes the .pyc files, does not count."""
    for statement, extra in PROGRAMS.values():
        _import(statement, extra, package)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, (statement, extra) in PROGRAMS.items():
            taken[name].append(_import(statement, extra, package))
    samples = {name: [Sample(values) for values in zip(*times, strict=True)] for name, times in taken.items()}
    floor = next(iter(samples.values()))
    rows = [
        (name, *(cell for mine, its in zip(both, floor, strict=True) for cell in (milliseconds(mine), mine.times(its))))
        for name, both in samples.items()
    ]
    return Table("Import", MEANING, COLUMNS, tuple(rows))


def _import(statement: str, extra: Mapping[str, str], package: Package) -> tuple[float, float]:
    """Wall and CPU seconds of an import in a process of its own."""
    timed = [*package.python(), "-c", _TIMED.format(statement)]
    environment = {**package.environment(), **extra}
    done = subprocess.run(timed, env=environment, cwd=package.folder, capture_output=True, text=True, check=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu
