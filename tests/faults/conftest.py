"""One lab, its proxies and its processes of the function, for the whole bench."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import reliability_page
from tally import tally

from lab.faults.function import Nursery
from lab.faults.rig import Rig
from lab.local_eks import LocalEks
from lab.parsemap import ParseMap
from tests.reliability_counts import recorded

# Their assertions are to be told in full: this must come before they are imported.
pytest.register_assert_rewrite("bench_of_faults", "inquest", "post", "scene")
from bench_of_faults import Bench  # noqa: E402

# The timeout of the function that is deployed (infra/function.py; a test compares).
FUNCTION_TIMEOUT_S = 60
WRITE = "WRITE_RELIABILITY"


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The bench: made once, put back to the same situation before every fault."""
    folder = tmp_path_factory.mktemp("faults")
    log = folder / "function.log"
    with (
        LocalEks.start(folder / "lab", with_function=False) as lab,
        Rig.before(lab, folder) as rig,
        Nursery(log, FUNCTION_TIMEOUT_S) as nursery,
        Nursery(log, FUNCTION_TIMEOUT_S, with_clock=True) as with_clock,
        ParseMap() as parse_map,
    ):
        bench = Bench.built(rig, nursery, with_clock, parse_map)
        yield bench
        bench.end()


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
