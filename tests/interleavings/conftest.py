"""What was walked through, shown at the end of the session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interleavings.explore import Explored
from tests.reliability_counts import record

WALKED = pytest.StashKey[dict[str, Explored]]()
HEAD = ("schedules", "states", "worlds", "runs of the code", "story")


@pytest.fixture
def walked(pytestconfig: pytest.Config) -> Callable[[str, Explored], None]:
    """Remembers what was walked through in a story, for the table below and for ``docs/reliability.md``."""

    def remember(story: str, explored: Explored) -> None:
        pytestconfig.stash.setdefault(WALKED, {})[story] = explored
        record(pytestconfig, "interleavings: stories", 1)
        record(pytestconfig, "interleavings: schedules", explored.schedules)
        record(pytestconfig, "interleavings: states", explored.states)

    return remember


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each story, and the sum of all."""
    stories = config.stash.get(WALKED, {})
    if not stories:
        return
    terminalreporter.section("every interleaving")
    lines = [((one.schedules, one.states, one.worlds, one.histories), story) for story, one in stories.items()]
    sums = [sum(column) for column in zip(*(figures for figures, _ in lines), strict=True)]
    terminalreporter.write_line(_line(*HEAD))
    for figures, story in (*lines, (sums, "in all")):
        terminalreporter.write_line(_line(*(f"{figure:,}" for figure in figures), story))


def _line(schedules: str, *others: str) -> str:
    *figures, story = others
    return "  ".join((f"{schedules:>30}", *(f"{figure:>16}" for figure in figures), story))
