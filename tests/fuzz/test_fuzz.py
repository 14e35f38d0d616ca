"""What comes from outside, whatever it is: a short run of each target, the same cases every time.

``make fuzz`` runs a hundred thousand of each, other ones each night.
"""

import pytest

from tests.fuzz.targets import TARGETS
from tests.reliability_counts import record

CASES = 1_000


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_of_each_target_breaks_no_law(name: str, pytestconfig: pytest.Config) -> None:
    """No uncaught exception, no harm to what is foreign, no group outside the policy: the law of each target."""
    outcomes = TARGETS[name].round(CASES, seeded=None)
    record(pytestconfig, f"fuzzing: {name}, cases", outcomes.total())
    assert outcomes.total() >= CASES
    assert len(outcomes) > 1, "a target whose cases all end alike tests one way only"
