"""One lab, its proxies and its processes of the function, for the whole bench."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import reliability_page
from tally import tally

from tests.reliability_counts import recorded

# Their assertions are to be told in full: this must come before they are imported.
pytest.register_assert_rewrite("bench_of_faults", "inquest", "post", "scene", "scene_of_entries")
from bench_of_faults import Bench, bench_of  # noqa: E402
from scene import Scene  # noqa: E402

WRITE = "WRITE_RELIABILITY"


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The bench: made once, put back to the same situation before every fault."""
    with bench_of(tmp_path_factory.mktemp("faults"), Scene.built) as bench:
        yield bench


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table fault × outcome, at the end of the session."""
    found = tally(terminalreporter.config)
    if not found.rows:
        return
    terminalreporter.section("fault bench")
    for table in found.tables():
        terminalreporter.write_line(f"\n{table.text()}")
    terminalreporter.write_line(f"\n{found.summary()}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write docs/reliability.md if asked to, and only after a run in which everything passed."""
    if os.environ.get(WRITE) and exitstatus == 0:
        reliability_page.write(tally(session.config), recorded(session.config))
