"""The peak memory of a process that works on one event cold, then on ten more."""

from __future__ import annotations

from bench.channel import Child
from bench.package import CHECKOUT, Package
from bench.stage import FOREIGN_ROWS, Stage
from bench.table import Table

MORE = 10
GOAL_MIB = 128
MEANING = (
    "The largest resident size of a process that imports the handler, with nothing beside the function's own "
    "requirements at hand, and works on events, each of another role, with "
    f"{FOREIGN_ROWS} foreign rows in aws-auth. Goal: at most {GOAL_MIB} MiB."
)


def table(stage: Stage, package: Package) -> Table:
    """Measure in a process of its own."""
    stage.clear()
    environment = {**stage.lab.registrar_environment(), **package.environment(CHECKOUT)}
    with Child("bench.cold", environment, package.python()) as child:
        peaks = [child.ask(None)["peak_mib"]]
        peaks += [child.ask(asking.event())["peak_mib"] for asking in stage.asking(1 + MORE)]
    moments = {"handler imported": peaks[0], "after one event, cold": peaks[1], f"after {MORE} more": peaks[-1]}
    rows = tuple((name, f"{peak:.0f} MiB", f"{peak / GOAL_MIB:.0%}") for name, peak in moments.items())
    return Table("Peak memory", MEANING, ("moment", "peak", "of the goal"), rows)
