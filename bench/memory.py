"""The peak memory of a process that works on one event cold, then on ten more."""

from __future__ import annotations

from bench.channel import Child
from bench.stage import FOREIGN_ROWS, Stage
from bench.table import Table

MORE = 10
GOAL_MIB = 128
MEANING = (
    f"The largest resident size of a process that imports the handler and works on events, each of another role, with "
    f"{FOREIGN_ROWS} foreign rows in aws-auth. Goal: at most {GOAL_MIB} MiB."
)


def table(stage: Stage) -> Table:
    """Measure in a process of its own."""
    stage.clear()
    with Child("bench.cold", stage.lab.registrar_environment()) as child:
        peaks = [child.ask(None)["peak_mib"]]
        peaks += [child.ask(asking.event())["peak_mib"] for asking in stage.asking(1 + MORE)]
    moments = {"handler imported": peaks[0], "after one event, cold": peaks[1], f"after {MORE} more": peaks[-1]}
    rows = tuple((name, f"{peak:.0f} MiB", f"{peak / GOAL_MIB:.0%} of the goal") for name, peak in moments.items())
    return Table("Peak memory", MEANING, ("moment", "peak", ""), rows)
