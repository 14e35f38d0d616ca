"""Before the first test that needs the control plane: its binaries."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from lab import binaries

HERE = Path(__file__).parent
WITH_A_LAB = (HERE / "lab", HERE / "faults")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have the binaries before the tests begin: building them takes longer than a test may."""
    needed = any(folder in item.path.parents for item in session.items for folder in WITH_A_LAB)
    if session.config.option.collectonly or not needed:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    capture = session.config.pluginmanager.get_plugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            binaries.ensure(report=reporter.write_line if reporter else lambda _: None)
    except binaries.BinariesError as error:
        raise pytest.UsageError(str(error)) from error
