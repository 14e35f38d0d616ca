"""IAM's answer held against the events that made us look (IAM is eventually consistent)."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from registrar.errors import NotYetVisible
from registrar.model import Gone, Hint
from registrar.reading import VISIBLE_AFTER, believed
from registrar.tags import keys_for
from tests.unit.samples import NOW, PREFIX, hint, ref, role

GONE = Gone(ref())
KEYS = frozenset(keys_for(PREFIX, "prod"))
BEFORE = NOW - timedelta(days=1)
OLD = NOW - VISIBLE_AFTER
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("name", ["CreateRole", "TagRole", "UntagRole"])
def test_a_role_that_is_there_is_believed(name: str) -> None:
    """What IAM tells is the truth, however young the event is."""
    found = role(created=BEFORE)
    assert believed(found, [hint(name)], KEYS, NOW) is found


@pytest.mark.parametrize("name", ["CreateRole", "TagRole", "UntagRole"])
def test_a_young_change_of_an_unknown_role_is_tried_again(name: str) -> None:
    """NoSuchEntity right after a change may only mean: not visible yet."""
    with pytest.raises(NotYetVisible, match=f"role/alice: {name} at 12:00:00, and IAM knows no such role yet"):
        believed(GONE, [hint(name)], KEYS, NOW)
    with pytest.raises(NotYetVisible):
        believed(GONE, [hint(name, OLD + SECOND)], KEYS, NOW)


@pytest.mark.parametrize("name", ["CreateRole", "TagRole", "UntagRole"])
def test_an_old_change_of_an_unknown_role_is_left_to_the_sweep(name: str) -> None:
    """After two minutes nothing is removed on a mere absence, and nothing is tried for ever."""
    assert believed(GONE, [hint(name, OLD)], KEYS, NOW) is None


@pytest.mark.parametrize("time", [NOW, OLD, BEFORE])
def test_a_deleted_role_that_is_gone_is_gone(time: object) -> None:
    """NoSuchEntity after DeleteRole needs no second look."""
    assert believed(GONE, [hint("DeleteRole", time)], KEYS, NOW) is GONE  # type: ignore[arg-type]


def test_a_deleted_role_that_iam_still_shows_is_tried_again() -> None:
    """Its row must not survive because a read was stale."""
    with pytest.raises(NotYetVisible, match="deleted at 12:00:00, IAM still shows it"):
        believed(role(created=BEFORE), [hint("DeleteRole")], KEYS, NOW)


def test_a_role_made_again_after_its_deletion_is_believed() -> None:
    """A late or repeated DeleteRole does not touch the new role of that name."""
    found = role(created=NOW + SECOND)
    assert believed(found, [hint("DeleteRole")], KEYS, NOW + 2 * SECOND) is found


def test_a_role_that_outlives_its_deletion_by_two_minutes_is_believed() -> None:
    """A forged or replayed DeleteRole removes nothing that IAM still has."""
    found = role(created=BEFORE)
    assert believed(found, [hint("DeleteRole", OLD)], KEYS, NOW) is found


def each_order(*hints: Hint) -> list[tuple[Hint, ...]]:
    """The same hints in every order, and each of them twice."""
    return [order + order for order in permutations(hints)]


def test_the_latest_event_counts_in_whatever_order_they_come() -> None:
    """Tag, then delete: the role is gone, although a young TagRole is among the events."""
    for hints in each_order(hint("CreateRole", NOW - SECOND), hint("TagRole", NOW - SECOND), hint("DeleteRole")):
        assert believed(GONE, hints, KEYS, NOW) is GONE


def test_a_deletion_in_the_same_second_counts_as_the_later() -> None:
    """CloudTrail's times are whole seconds: untag and delete of one second are a deletion, in either order."""
    for hints in each_order(hint("UntagRole"), hint("DeleteRole")):
        assert believed(GONE, hints, KEYS, NOW) is GONE
        with pytest.raises(NotYetVisible, match="still shows it"):
            believed(role(created=BEFORE), hints, KEYS, NOW)


def test_a_role_made_again_and_not_yet_visible_is_tried_again() -> None:
    """Deleted, then created in one batch: the creation is not lost because the deletion looks done."""
    for hints in each_order(hint("DeleteRole", NOW - SECOND), hint("CreateRole")):
        with pytest.raises(NotYetVisible, match="CreateRole"):
            believed(GONE, hints, KEYS, NOW)


def test_a_role_made_again_and_never_visible_is_gone_in_the_end() -> None:
    """Two minutes later the deletion stands: its row goes."""
    for hints in each_order(hint("DeleteRole", OLD - SECOND), hint("CreateRole", OLD)):
        assert believed(GONE, hints, KEYS, NOW) is GONE
