"""What is walked through. The changes of IAM come in this order; everything else comes in every order."""

from __future__ import annotations

from typing import Any

from tests.interleavings.as_iam_says import RBAC
from tests.interleavings.laws import Promise
from tests.interleavings.other_writers import (
    Hand,
    adds_a_row_for,
    broken,
    does,
    edits,
    first_row_twice,
    in_block_style,
    mended,
    overwrites,
    somebody,
    without_ours,
)
from tests.interleavings.registrar_actors import role
from tests.interleavings.scenario import PAYMENTS, Scenario, becomes, deleted

EDIT = "edit@payments"
ALICE, ALICE_EDITS, ALICE_VIEWS = role("alice"), role("alice", EDIT), role("alice", "view")
ALICE_DOES_BOTH = role("alice", f"{EDIT} view")
BOB, BOB_EDITS = role("bob"), role("bob", EDIT)
NEW_ALICE, NEW_ALICE_VIEWS = (role("alice", grants, role_id="AROA2", created=2) for grants in ("", "view"))

ROLE_BINDINGS = f"{RBAC}/namespaces/payments/rolebindings"
ROLE_BINDING = f"{ROLE_BINDINGS}/eks-registrar:edit"
BINDING_OF_SOMEBODY: dict[str, Any] = {
    "metadata": {"name": "eks-registrar:edit", "namespace": "payments"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "mallory"}],
}

# Somebody has taken away what was ours, or put back what we had taken away: that, the sweep heals.
SWEEP_GRANTS = Promise(granted=False)
SWEEP_HEALS = Promise(granted=False, revoked=False)


def takes_our_binding(hand: Hand) -> None:
    """Put another subject into our binding."""
    found = hand.get(ROLE_BINDING)
    if found is not None:
        hand.put(ROLE_BINDING, {**found, "subjects": BINDING_OF_SOMEBODY["subjects"]})


def deletes_our_binding(hand: Hand) -> None:
    """Delete it, whatever it is by now."""
    hand.delete(ROLE_BINDING)


def binds_under_our_name(hand: Hand) -> None:
    """Make a binding of our name, if none is there."""
    hand.post(ROLE_BINDINGS, BINDING_OF_SOMEBODY)


def deletes_the_namespace(hand: Hand) -> None:
    """Delete it: marked by the first call, gone with all that is in it by the second."""
    hand.delete(PAYMENTS)


def makes_the_namespace(hand: Hand) -> None:
    """Make it."""
    hand.post("/api/v1/namespaces", {"metadata": {"name": "payments"}})


EVENTS = {
    "a role is tagged and untagged": Scenario((ALICE,), becomes(ALICE_EDITS, ALICE)),
    "tagged and untagged, one of ours is killed": Scenario((ALICE,), becomes(ALICE_EDITS, ALICE), kills=1),
    "tagged and untagged, two of ours are killed": Scenario((ALICE,), becomes(ALICE_EDITS, ALICE), kills=2),
    "untagged and tagged again, one is killed": Scenario((ALICE_EDITS,), becomes(ALICE, ALICE_EDITS), kills=1),
    "tagged, then narrower, one is killed": Scenario((ALICE,), becomes(ALICE_DOES_BOTH, ALICE_VIEWS), kills=1),
    "tagged wider, then untagged, one is killed": Scenario((ALICE_VIEWS,), becomes(ALICE_DOES_BOTH, ALICE), kills=1),
    "tagged, untagged, tagged otherwise": Scenario((ALICE,), becomes(ALICE_EDITS, ALICE, ALICE_VIEWS)),
    "one loses the group that another gets, one is killed": Scenario(
        (ALICE_EDITS, BOB), becomes(ALICE, BOB_EDITS), kills=1
    ),
    "two lose the same group, one is killed": Scenario((ALICE_EDITS, BOB_EDITS), becomes(ALICE, BOB), kills=1),
    "deleted and made anew without a tag, one is killed": Scenario(
        (ALICE_EDITS,), (deleted("alice"), *becomes(NEW_ALICE)), kills=1
    ),
    "deleted, made anew, tagged otherwise, one record lost": Scenario(
        (ALICE_EDITS,), (deleted("alice"), *becomes(NEW_ALICE, NEW_ALICE_VIEWS)), records=((1,), (3,)), kills=1
    ),
    "tagged and deleted": Scenario((ALICE,), (*becomes(ALICE_EDITS), deleted("alice"))),
    # The record of the tag that comes back finds no such role, and after two minutes it leaves that to the sweep.
    "tagged and deleted, one is killed": Scenario(
        (ALICE,), (*becomes(ALICE_EDITS), deleted("alice")), kills=1, promise=Promise(revoked=False)
    ),
    "tagged and untagged, the first record comes twice": Scenario(
        (ALICE,), becomes(ALICE_EDITS, ALICE), records=((1,), (1,), (2,))
    ),
    "two changes in one batch, and the second once more": Scenario(
        (ALICE_EDITS, BOB), becomes(ALICE, BOB_EDITS), records=((1, 2), (2,)), kills=1
    ),
    "tagged and untagged, an answer to a write is lost": Scenario(
        (ALICE,), becomes(ALICE_EDITS, ALICE), lost_answers=1, promise=SWEEP_GRANTS
    ),
}

SWEEPS = {
    "a sweep while a role is tagged and untagged": Scenario((ALICE,), becomes(ALICE_EDITS, ALICE), sweeps=True),
    "a sweep while one loses the group that another gets": Scenario(
        (ALICE_EDITS, BOB), becomes(ALICE, BOB_EDITS), sweeps=True
    ),
    "a sweep while a role is untagged, one is killed": Scenario((ALICE_EDITS,), becomes(ALICE), sweeps=True, kills=1),
    "a sweep while a role is tagged, one is killed": Scenario((ALICE,), becomes(ALICE_EDITS), sweeps=True, kills=1),
    "a sweep, and the first of two records is lost": Scenario(
        (ALICE,), becomes(ALICE_EDITS, ALICE), records=((2,),), sweeps=True
    ),
    "a sweep, and somebody adds a row": Scenario(
        (ALICE,), becomes(ALICE_EDITS), sweeps=True, others=(somebody(edits(adds_a_row_for("ci"))),)
    ),
    "a sweep, and somebody rewrites our rows": Scenario(
        (ALICE_EDITS,), becomes(ALICE), sweeps=True, others=(somebody(edits(in_block_style)),)
    ),
    "a sweep, and somebody writes over our rows": Scenario(
        (ALICE_EDITS,),
        becomes(ALICE_VIEWS),
        sweeps=True,
        others=(somebody(overwrites(without_ours)),),
        promise=SWEEP_HEALS,
    ),
}

STALE_READS = {
    "untagged, and IAM shows it late": Scenario(
        (ALICE_EDITS,), becomes(ALICE), stale_reads=2, promise=Promise(fresh=False)
    ),
    "tagged narrower, and IAM shows it late": Scenario(
        (ALICE_DOES_BOTH,), becomes(ALICE_VIEWS), stale_reads=2, promise=Promise(fresh=False)
    ),
    "deleted, and IAM shows it late": Scenario(
        (ALICE_EDITS,), (deleted("alice"),), stale_reads=2, promise=Promise(fresh=False)
    ),
    "made with a tag, and IAM shows it late": Scenario(
        (), becomes(ALICE_EDITS), stale_reads=2, promise=Promise(fresh=False)
    ),
    "tagged and untagged, and IAM shows both late": Scenario(
        (ALICE,), becomes(ALICE_EDITS, ALICE), stale_reads=2, promise=Promise(False, False, False)
    ),
    "a sweep that reads of a tag too late takes nothing away": Scenario(
        (ALICE,), becomes(ALICE_EDITS), stale_reads=1, sweeps=True, promise=Promise(fresh=False)
    ),
    "a sweep that reads of an untag too late gives nothing": Scenario(
        (ALICE_EDITS,), becomes(ALICE), stale_reads=1, sweeps=True, promise=Promise(fresh=False)
    ),
    "a sweep while a role is deleted, and IAM shows it late": Scenario(
        (ALICE_EDITS,), (deleted("alice"),), stale_reads=2, sweeps=True, promise=Promise(False, False, False)
    ),
}


def beside(*programs: Any, promise: Promise | None = None, **more: Any) -> Scenario:
    """A role is tagged and untagged while somebody else does these things."""
    others = tuple(somebody(program) for program in programs)
    return Scenario((ALICE,), becomes(ALICE_EDITS, ALICE), others=others, promise=promise or Promise(), **more)


def beside_a_swap(*programs: Any, promise: Promise = SWEEP_GRANTS, **more: Any) -> Scenario:
    """Alice loses the group that Bob gets while somebody else does these things."""
    others = tuple(somebody(program) for program in programs)
    return Scenario((ALICE_EDITS, BOB), becomes(BOB_EDITS, ALICE), others=others, promise=promise, **more)


OTHER_WRITERS = {
    "somebody adds a row": beside(edits(adds_a_row_for("ci"))),
    "somebody adds a row, one is killed": beside(edits(adds_a_row_for("ci")), kills=1),
    "somebody adds a row for the same role": beside(edits(adds_a_row_for("alice"))),
    "somebody adds a row for a role that keeps its tag": Scenario(
        (ALICE,),
        becomes(ALICE_EDITS),
        others=(somebody(edits(adds_a_row_for("alice"))),),
        kills=1,
        promise=SWEEP_GRANTS,
    ),
    "somebody rewrites our rows in a style of their own": beside(edits(in_block_style)),
    "somebody writes a row of ours twice": beside(edits(first_row_twice)),
    "somebody removes all of ours": beside(edits(without_ours), promise=SWEEP_GRANTS),
    "somebody writes over everything with an older text": beside(overwrites(adds_a_row_for("ci")), promise=SWEEP_HEALS),
    "somebody writes over everything without ours": beside(overwrites(without_ours), promise=SWEEP_GRANTS),
    "somebody breaks aws-auth and mends it": beside(
        does(lambda hand: edits(broken)(hand.ask), lambda hand: edits(mended)(hand.ask)), promise=SWEEP_GRANTS
    ),
    "somebody takes our binding": beside_a_swap(does(takes_our_binding)),
    "somebody deletes our binding": beside_a_swap(does(deletes_our_binding)),
    "somebody makes a binding of our name": beside(does(binds_under_our_name), promise=SWEEP_GRANTS),
    "somebody makes a binding of our name when ours goes": beside_a_swap(does(binds_under_our_name)),
    "a binding of somebody's had our name before": beside(objects=((ROLE_BINDING, BINDING_OF_SOMEBODY),)),
    "the namespace goes": beside(
        does(deletes_the_namespace, deletes_the_namespace), promise=SWEEP_GRANTS, steady=(f"{RBAC}/clusterroles/",)
    ),
    "the namespace comes": beside(
        does(makes_the_namespace), promise=SWEEP_GRANTS, namespaces=(), steady=(f"{RBAC}/clusterroles/",)
    ),
    "the namespace goes while one loses the group that another gets": beside_a_swap(
        does(deletes_the_namespace, deletes_the_namespace), steady=(f"{RBAC}/clusterroles/",)
    ),
}

STORIES = {**EVENTS, **SWEEPS, **STALE_READS, **OTHER_WRITERS}
