"""The real code in every order of everybody's remote calls. What must hold is in ``laws.py``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interleavings.explore import Explored
from tests.interleavings.stories import STORIES
from tests.interleavings.stories_of_entries import STORIES_OF_ENTRIES
from tests.interleavings.stories_of_rows_beside_entries import STORIES_OF_ROWS_BESIDE_ENTRIES
from tests.interleavings.variants import keeps_history

Walked = Callable[[str, Explored], None]


@pytest.mark.parametrize("story", STORIES)
def test_no_order_of_remote_calls_breaks_a_law(story: str, walked: Walked) -> None:
    """Foreign bytes stand, ours are as IAM says after one more sweep, and nobody keeps what IAM no longer grants."""
    walked(story, STORIES[story].explore())


@pytest.mark.parametrize("story", STORIES_OF_ENTRIES)
def test_no_order_of_remote_calls_breaks_a_law_of_access_entries(story: str, walked: Walked) -> None:
    """Entries have no version, and rows may stand beside them: what must hold is in ``laws_of_entries.py``."""
    walked(story, STORIES_OF_ENTRIES[story].explore())


@pytest.mark.parametrize("story", STORIES_OF_ROWS_BESIDE_ENTRIES)
def test_no_order_of_remote_calls_breaks_a_law_of_rows_beside_entries(story: str, walked: Walked) -> None:
    """Rows are written and entries were left, which win: what must hold is in ``laws_of_rows_beside_entries.py``."""
    walked(f"by rows: {story}", STORIES_OF_ROWS_BESIDE_ENTRIES[story].explore())


@pytest.mark.parametrize("story", ["tagged and untagged, one of ours is killed", "somebody adds a row"])
def test_the_history_changes_nothing_of_that(story: str, walked: Walked) -> None:
    """The bodies that are kept before each write are more remote calls between the reads and the write."""
    walked(f"{story} (with history)", STORIES[story].explore(keeps_history))


def test_a_schedule_is_a_few_thousand_times_one_of_many(walked: Walked) -> None:
    """The walk is no sample: two records of two changes alone have more than a thousand orders."""
    explored = STORIES["a role is tagged and untagged"].explore()
    assert explored.schedules > 1_000
    assert explored.states < explored.schedules, "orders that meet are walked on once"
