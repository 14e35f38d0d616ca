"""Laws of the plan where rows are written and access entries of ours were left beside them, over any cluster."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registrar.marks import owner_of_row
from registrar.model import Gone, Role
from tests.properties.test_laws import (
    MARKS,
    World,
    held_entries,
    laws,
    of_any_cluster,
    permitted,
    populations,
)

worlds = st.builds(World, held_entries(), *of_any_cluster)


@laws
@given(worlds, populations)
def test_the_entries_are_gone_after_two_runs(world: World, people: tuple[Role | Gone, ...]) -> None:
    """The first run writes the rows, the second takes the entries that waited for them, a third one writes nothing."""
    first = world.settle(*people)
    second = first.settle(*people)
    asked = {person.ref for person in people}
    assert not any(row.entry and owner_of_row(row, MARKS) in asked for row in second.rows)
    assert [row for row in second.rows if not row.entry] == [row for row in first.rows if not row.entry]
    assert second.plan(*people).empty


@laws
@given(worlds, populations)
def test_an_entry_waits_for_a_row_that_gives_all_of_it(world: World, people: tuple[Role | Gone, ...]) -> None:
    """Nobody is refused between the two, and nothing waits that is not wanted."""
    asked = {person.ref: person for person in people}
    rows = world.settle(*people).rows
    for waiting in (row for row in rows if row.entry and owner_of_row(row, MARKS) in asked):
        [row] = [one for one in rows if not one.entry and owner_of_row(one, MARKS) == owner_of_row(waiting, MARKS)]
        assert waiting.policies == ()
        assert waiting.groups
        assert set(waiting.groups) <= set(row.groups)


@laws
@given(worlds, populations)
def test_nobody_keeps_what_no_rule_allows(world: World, people: tuple[Role | Gone, ...]) -> None:
    """By row or by entry."""
    by_owner = {person.ref: person for person in people}
    for row in world.settle(*people).rows:
        owner = owner_of_row(row, MARKS)
        person = by_owner.get(owner) if owner else None
        if person is not None:
            assert isinstance(person, Role)
            assert person.ref not in world.conflicts
            assert all(permitted(person, group) for group in row.groups), row


@laws
@given(worlds, populations, st.sets(st.integers(0, 3)))
def test_of_others_nothing_changes(world: World, people: tuple[Role | Gone, ...], named: set[int]) -> None:
    """Neither a row nor an entry."""
    few = [people[number] for number in named if number < len(people)]
    mine = {person.ref for person in few}
    after = world.settle(*few)
    kept = [sorted(row for row in one.rows if owner_of_row(row, MARKS) not in mine) for one in (after, world)]
    assert kept[0] == kept[1]
