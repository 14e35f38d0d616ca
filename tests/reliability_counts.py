"""What the tests counted (faults, schedules, inputs, lost rows), kept for the end of the session.

record(pytestconfig, "interleavings: schedules", 1234)      in a test or a fixture
recorded(config)                                            where the counts are shown or written
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

COUNTS = pytest.StashKey[dict[str, int]]()


def record(config: pytest.Config, name: str, count: int) -> None:
    """Add to the count of this name; the names stand in ``docs/reliability.md`` as they are given here."""
    counts = config.stash.setdefault(COUNTS, {})
    counts[name] = counts.get(name, 0) + count


def recorded(config: pytest.Config) -> Mapping[str, int]:
    """Everything that was recorded so far, by name, in the order in which the names came up."""
    return config.stash.get(COUNTS, {})
