"""What is walked through where rows are written by hand in mode API_AND_CONFIG_MAP, and entries of before are left."""

from __future__ import annotations

from typing import Any

from tests.interleavings.hands_on_entries import (
    associates_a_policy,
    deletes_the_entry,
    makes_an_entry,
    puts_a_group_into_the_entry,
    takes_the_entry_over,
)
from tests.interleavings.laws import Promise
from tests.interleavings.other_writers import adds_a_row_for, does, edits, somebody
from tests.interleavings.registrar_actors import BOTH, BOTH_BY_ROWS
from tests.interleavings.scenario import Scenario, becomes, deleted
from tests.interleavings.stories import (
    ALICE,
    ALICE_DOES_BOTH,
    ALICE_EDITS,
    ALICE_VIEWS,
    BOB,
    BOB_EDITS,
    NEW_ALICE,
    NEW_ALICE_VIEWS,
    SWEEP_GRANTS,
    SWEEP_HEALS,
)
from tests.interleavings.stories_of_entries import TOLD_OF_ABSENCE


def entries_stand(roles: tuple[Any, ...], *changes: Any, **more: Any) -> Scenario:
    """Changes of IAM and their records where entries were written until a moment ago: no row of ours stands."""
    return Scenario(roles, changes, **{"mode": BOTH_BY_ROWS, "before": (BOTH,), "settled": False, **more})


def both_stand(roles: tuple[Any, ...], *changes: Any, **more: Any) -> Scenario:
    """The same after one sweep: each entry has its row beside it."""
    return Scenario(roles, changes, **{"mode": BOTH_BY_ROWS, "before": (BOTH,), **more})


def rows_stand(roles: tuple[Any, ...], *changes: Any, **more: Any) -> Scenario:
    """The same where no entry of ours ever was."""
    return Scenario(roles, changes, **{"mode": BOTH_BY_ROWS, **more})


LEFT = {
    "entries stand, untagged": entries_stand((ALICE_EDITS,), *becomes(ALICE)),
    "entries stand, narrower": entries_stand((ALICE_DOES_BOTH,), *becomes(ALICE_VIEWS)),
    "entries stand, narrower, one is killed": entries_stand((ALICE_DOES_BOTH,), *becomes(ALICE_VIEWS), kills=1),
    "entries stand, wider": entries_stand((ALICE_EDITS,), *becomes(ALICE_DOES_BOTH)),
    "entries stand, wider, then untagged": entries_stand((ALICE_EDITS,), *becomes(ALICE_DOES_BOTH, ALICE)),
    "entries stand, another grant, one is killed": entries_stand((ALICE_EDITS,), *becomes(ALICE_VIEWS), kills=1),
    "entries stand, deleted and made anew": entries_stand((ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE_VIEWS)),
    "entries stand, untagged, and IAM shows it late": entries_stand(
        (ALICE_EDITS,), *becomes(ALICE), stale_reads=2, promise=Promise(fresh=False)
    ),
    "entries stand, a sweep while a role is untagged": entries_stand((ALICE_EDITS,), *becomes(ALICE), sweeps=True),
    "entries stand, a sweep while a role gets another grant": entries_stand(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), sweeps=True
    ),
    "both stand, untagged": both_stand((ALICE_EDITS,), *becomes(ALICE)),
    "both stand, untagged, two are killed": both_stand((ALICE_EDITS,), *becomes(ALICE), kills=2),
    "both stand, narrower, then untagged": both_stand((ALICE_DOES_BOTH,), *becomes(ALICE_VIEWS, ALICE)),
    "both stand, untagged and tagged otherwise, one is killed": both_stand(
        (ALICE_EDITS,), *becomes(ALICE, ALICE_VIEWS), kills=1
    ),
    "both stand, untagged and tagged otherwise, absence is told": both_stand(
        (ALICE_EDITS,), *becomes(ALICE, ALICE_VIEWS), eks=TOLD_OF_ABSENCE
    ),
    "both stand, one loses what another gets, one is killed": both_stand(
        (ALICE_EDITS, BOB), *becomes(ALICE, BOB_EDITS), kills=1
    ),
    "both stand, deleted, one is killed": both_stand((ALICE_EDITS,), deleted("alice"), kills=1),
    "both stand, deleted, made anew without a tag": both_stand((ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE)),
    "both stand, untagged, answers to writes are lost": both_stand((ALICE_EDITS,), *becomes(ALICE), lost_answers=2),
    "both stand, a sweep while a role is tagged wider": both_stand(
        (ALICE_EDITS,), *becomes(ALICE_DOES_BOTH), sweeps=True
    ),
}

OTHERS = {
    "somebody makes an entry": rows_stand(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), others=(somebody(does(makes_an_entry)),), promise=SWEEP_GRANTS
    ),
    "somebody makes an entry in the place of ours": both_stand(
        (ALICE_EDITS,),
        *becomes(ALICE_VIEWS),
        others=(somebody(does(deletes_the_entry, makes_an_entry)),),
        promise=SWEEP_GRANTS,
    ),
    "somebody takes our entry over": both_stand(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), others=(somebody(does(takes_the_entry_over)),), promise=SWEEP_GRANTS
    ),
    "somebody adds a row for the same role": both_stand(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), others=(somebody(edits(adds_a_row_for("alice"))),), promise=SWEEP_GRANTS
    ),
    "somebody adds a row for another": both_stand(
        (ALICE_EDITS,), *becomes(ALICE), others=(somebody(edits(adds_a_row_for("ci"))),), kills=1
    ),
    "somebody deletes our entry": both_stand(
        (ALICE_EDITS,), *becomes(ALICE), others=(somebody(does(deletes_the_entry)),), kills=1
    ),
    "somebody puts a group into our entry": both_stand(
        (ALICE_EDITS,),
        *becomes(ALICE_VIEWS),
        others=(somebody(does(puts_a_group_into_the_entry)),),
        promise=SWEEP_HEALS,
    ),
    "somebody associates a policy with our entry": entries_stand(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), others=(somebody(does(associates_a_policy)),), promise=SWEEP_HEALS
    ),
    "one gets another grant, another a row by hand": entries_stand(
        (ALICE_EDITS, BOB_EDITS), *becomes(ALICE_VIEWS, BOB), others=(somebody(edits(adds_a_row_for("bob"))),)
    ),
}
STORIES_OF_ROWS_BESIDE_ENTRIES = LEFT | OTHERS
