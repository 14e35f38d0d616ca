"""What is walked through where access is written as entries, alone and beside rows of aws-auth."""

from __future__ import annotations

from typing import Any

from lab.memory.eks import Eks
from tests.interleavings.hands_on_entries import (
    associates_a_policy,
    deletes_the_entry,
    makes_an_entry,
    puts_a_group_into_the_entry,
    takes_the_entry_over,
)
from tests.interleavings.laws import Promise
from tests.interleavings.other_writers import adds_a_row_for, does, edits, overwrites, somebody
from tests.interleavings.registrar_actors import BOTH, ENTRIES, ROWS, role
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

ALICE_SEES = role("alice", "policy=AmazonEKSViewPolicy@payments")
ALICE_SEES_MORE = role("alice", "policy=AmazonEKSViewPolicy@payments policy=AmazonEKSViewPolicy@archive group=oncall")
ALICE_ELSEWHERE = role("alice", "view", role_id="AROA2", created=2, path="/ops/")
TOLD_OF_ABSENCE = Eks(absence_before_rights=True)


def of_entries(roles: tuple[Any, ...], *changes: Any, **more: Any) -> Scenario:
    """Changes of IAM and their records in mode API."""
    return Scenario(roles, changes, **{"mode": ENTRIES, **more})


def of_both(roles: tuple[Any, ...], *changes: Any, **more: Any) -> Scenario:
    """The same in mode API_AND_CONFIG_MAP: rows and entries stand in the beginning."""
    return Scenario(roles, changes, **{"mode": BOTH, "before": (ROWS,), "young": True, **more})


def of_rows(roles: tuple[Any, ...], *changes: Any, **more: Any) -> Scenario:
    """In mode API_AND_CONFIG_MAP since a moment ago: only rows stand."""
    return Scenario(roles, changes, **{"mode": BOTH, "before": (ROWS,), "settled": False, **more})


def beside(*deeds: Any, roles: tuple[Any, ...] = (ALICE,), changes: Any = None, **more: Any) -> Scenario:
    """A role is tagged and untagged in mode API while somebody else does these things."""
    changes = changes or becomes(ALICE_EDITS, ALICE)
    return of_entries(roles, *changes, others=(somebody(does(*deeds)),), **more)


EVENTS = {
    "tagged and untagged": of_entries((ALICE,), *becomes(ALICE_EDITS, ALICE)),
    "tagged and untagged, one of ours is killed": of_entries((ALICE,), *becomes(ALICE_EDITS, ALICE), kills=1),
    "untagged and tagged otherwise": of_entries((ALICE_EDITS,), *becomes(ALICE, ALICE_VIEWS)),
    "untagged and tagged otherwise, one is killed": of_entries((ALICE_EDITS,), *becomes(ALICE, ALICE_VIEWS), kills=1),
    "tagged, then narrower, one is killed": of_entries((ALICE,), *becomes(ALICE_DOES_BOTH, ALICE_VIEWS), kills=1),
    "tagged wider, then untagged, one is killed": of_entries((ALICE_VIEWS,), *becomes(ALICE_DOES_BOTH, ALICE), kills=1),
    "tagged, untagged, tagged otherwise": of_entries(
        (ALICE,), *becomes(ALICE_EDITS, ALICE, ALICE_VIEWS), records=((1,), (3,))
    ),
    "untagged and tagged otherwise, absence is told": of_entries(
        (ALICE_EDITS,), *becomes(ALICE, ALICE_VIEWS), eks=TOLD_OF_ABSENCE
    ),
    "one loses the group that another gets, one is killed": of_entries(
        (ALICE_EDITS, BOB), *becomes(ALICE, BOB_EDITS), kills=1
    ),
    "access policies: given and taken, one is killed": of_entries(
        (ALICE,), *becomes(ALICE_SEES, ALICE), policies=True, kills=1
    ),
    "access policies: another scope, then another, one is killed": of_entries(
        (ALICE_SEES,), *becomes(ALICE_SEES_MORE, ALICE_EDITS), policies=True, kills=1
    ),
    "deleted and made anew without a tag, one is killed": of_entries(
        (ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE), kills=1
    ),
    "deleted, made anew, tagged otherwise, one record lost": of_entries(
        (ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE, NEW_ALICE_VIEWS), records=((1,), (3,)), kills=1
    ),
    "deleted and made anew with a tag, its own record alone": of_entries(
        (ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE_VIEWS), records=((2,),), kills=1
    ),
    "deleted and made anew under another path": of_entries((ALICE_EDITS,), deleted("alice"), *becomes(ALICE_ELSEWHERE)),
    "tagged and deleted": of_entries((ALICE,), *becomes(ALICE_EDITS), deleted("alice")),
    "two changes in one batch, and the second once more": of_entries(
        (ALICE_EDITS, BOB), *becomes(ALICE, BOB_EDITS), records=((1, 2), (2,)), kills=1
    ),
    "tagged and untagged, an answer to a write is lost": of_entries(
        (ALICE,), *becomes(ALICE_EDITS, ALICE), lost_answers=1
    ),
    "tagged otherwise and untagged, two answers to writes are lost": of_entries(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS, ALICE), lost_answers=2
    ),
    "untagged, and IAM shows it late": of_entries(
        (ALICE_EDITS,), *becomes(ALICE), stale_reads=2, promise=Promise(fresh=False)
    ),
}

SWEEPS = {
    "a sweep while a role is tagged and untagged, the first record is lost": of_entries(
        (ALICE,), *becomes(ALICE_VIEWS, ALICE), records=((2,),), sweeps=True
    ),
    "a sweep while a role is tagged and untagged, the second record is lost": of_entries(
        (ALICE,), *becomes(ALICE_EDITS, ALICE), records=((1,),), sweeps=True, promise=SWEEP_HEALS
    ),
    "a sweep while one loses the group that another gets": of_entries(
        (ALICE_EDITS, BOB), *becomes(ALICE, BOB_EDITS), sweeps=True
    ),
    "a sweep while a role is tagged, one is killed": of_entries((ALICE,), *becomes(ALICE_EDITS), sweeps=True, kills=1),
    "a sweep while a role is untagged, one is killed": of_entries(
        (ALICE_EDITS,), *becomes(ALICE), sweeps=True, kills=1
    ),
    "a sweep while a role is made anew": of_entries(
        (ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE_VIEWS), records=((2,),), sweeps=True
    ),
    "a sweep that reads of a tag too late takes nothing away": of_entries(
        (ALICE,), *becomes(ALICE_EDITS), stale_reads=1, sweeps=True, promise=Promise(fresh=False)
    ),
    "a sweep through pages while entries come and go": of_entries(
        (ALICE_EDITS, BOB), *becomes(ALICE, BOB_EDITS), sweeps=True, eks=Eks(page=1)
    ),
}

OTHERS = {
    "somebody makes an entry": beside(makes_an_entry),
    "somebody makes an entry, one is killed": beside(makes_an_entry, kills=1),
    "somebody makes an entry for a role that keeps its tag": beside(
        makes_an_entry, changes=becomes(ALICE_EDITS), kills=1
    ),
    "somebody makes an entry while ours is made again": beside(
        makes_an_entry, roles=(ALICE_EDITS,), changes=(deleted("alice"), *becomes(NEW_ALICE_VIEWS))
    ),
    "somebody deletes our entry": beside(deletes_the_entry, promise=SWEEP_GRANTS),
    "somebody deletes our entry while it changes": beside(
        deletes_the_entry, roles=(ALICE_EDITS,), changes=becomes(ALICE_VIEWS), promise=SWEEP_GRANTS
    ),
    "somebody deletes our entry while it changes, absence is told": beside(
        deletes_the_entry,
        roles=(ALICE_EDITS,),
        changes=becomes(ALICE_VIEWS),
        promise=SWEEP_GRANTS,
        eks=TOLD_OF_ABSENCE,
    ),
    "somebody puts theirs in the place of ours while it changes": beside(
        deletes_the_entry,
        makes_an_entry,
        roles=(ALICE_EDITS,),
        changes=becomes(ALICE_VIEWS, ALICE),
        promise=SWEEP_GRANTS,
    ),
    "somebody puts theirs in the place of ours during a sweep": beside(
        deletes_the_entry, makes_an_entry, roles=(ALICE_EDITS,), changes=becomes(ALICE_VIEWS), sweeps=True
    ),
    "somebody takes our entry over": beside(
        takes_the_entry_over, roles=(ALICE_EDITS,), changes=becomes(ALICE_VIEWS, ALICE), promise=SWEEP_GRANTS
    ),
    "somebody puts a group into our entry": beside(puts_a_group_into_the_entry, promise=SWEEP_HEALS),
    "somebody associates a policy with our entry": beside(associates_a_policy, promise=SWEEP_HEALS),
}

BESIDE_ROWS = {
    "untagged": of_both((ALICE_EDITS,), *becomes(ALICE)),
    "untagged, two are killed": of_both((ALICE_EDITS,), *becomes(ALICE), kills=2),
    "narrower, then untagged": of_both((ALICE_DOES_BOTH,), *becomes(ALICE_VIEWS, ALICE)),
    "untagged and tagged otherwise, one is killed": of_both((ALICE_EDITS,), *becomes(ALICE, ALICE_VIEWS), kills=1),
    "two are untagged, one is killed": of_both((ALICE_EDITS, BOB_EDITS), *becomes(ALICE, BOB), kills=1),
    "tagged anew, the entry has stood": of_both((ALICE_EDITS,), *becomes(ALICE_DOES_BOTH), young=False, kills=1),
    "deleted": of_both((ALICE_EDITS,), deleted("alice"), kills=1),
    "deleted and made anew": of_both((ALICE_EDITS,), deleted("alice"), *becomes(NEW_ALICE_VIEWS)),
    "untagged, an answer to a write is lost": of_both((ALICE_EDITS,), *becomes(ALICE), lost_answers=2),
    "untagged, and IAM shows it late": of_both(
        (ALICE_EDITS,), *becomes(ALICE), stale_reads=2, promise=Promise(fresh=False)
    ),
    "the first entries are made while a role is untagged": of_rows((ALICE_EDITS,), *becomes(ALICE), sweeps=True),
    "the first entries are made while a role is tagged otherwise": of_rows(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), sweeps=True
    ),
    "the first entry is made by the record of a wider tag, and untagged": of_rows(
        (ALICE_EDITS,), *becomes(ALICE_DOES_BOTH, ALICE), kills=1
    ),
    "a sweep while a role is untagged": of_both((ALICE_EDITS,), *becomes(ALICE), sweeps=True, young=False),
    "somebody adds a row for another": of_both(
        (ALICE_EDITS,), *becomes(ALICE), others=(somebody(edits(adds_a_row_for("ci"))),), kills=1
    ),
    "somebody adds a row for the same role": of_both(
        (ALICE_EDITS,), *becomes(ALICE_VIEWS), others=(somebody(edits(adds_a_row_for("alice"))),)
    ),
    "somebody writes over everything with an older text": of_both(
        (ALICE_EDITS,),
        *becomes(ALICE),
        others=(somebody(overwrites(adds_a_row_for("ci"))),),
        promise=SWEEP_HEALS,
    ),
    "somebody makes an entry in the place of ours": of_both(
        (ALICE_EDITS,),
        *becomes(ALICE_VIEWS),
        others=(somebody(does(deletes_the_entry, makes_an_entry)),),
        promise=SWEEP_GRANTS,
    ),
    "somebody deletes our entry": of_both(
        (ALICE_EDITS,), *becomes(ALICE), others=(somebody(does(deletes_the_entry)),), kills=1
    ),
}
NAMED = {"entries": EVENTS | SWEEPS | OTHERS, "both": BESIDE_ROWS}
STORIES_OF_ENTRIES = {f"{kind}: {story}": one for kind, stories in NAMED.items() for story, one in stories.items()}
