"""What a person reads before and after an adoption."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from registrar.adoption.carry_out import Adopted
from registrar.adoption.kept import WayBack
from registrar.adoption.model import Candidate, Comparison
from registrar.adoption.proposal import proposal_for
from registrar.commands.adopt_shown import Report, as_text
from registrar.errors import WriteConflict
from tests.unit.adoption.sayings import row
from tests.unit.samples import grant, policy_of, prod, role

GOLDEN = Path(__file__).parents[2] / "golden" / "adopt"
POLICY = policy_of('- {name: readers, roles: ["/x"], clusters: [prod], allow: [view]}\n')
ALICE = Candidate(
    row("devs"),
    role(),
    proposal=proposal_for([grant("edit@payments"), grant("view")], role(), POLICY, prod(POLICY)),
    comparison=Comparison((), (), 257, forecast=True),
    notes=("the username changes",),
)
BOB = replace(
    ALICE,
    standing=row("ops", name="bob"),
    role=role("bob"),
    ready=True,
    comparison=Comparison(("get secrets in payments",), tuple(f"get {n} in x" for n in "abcdef"), 90, forecast=False),
    refused=("edit: none of the rules readers allows it",),
)
NODE = Candidate(row("system:nodes", name="node"), None, ("it is a node's: group system:nodes",))


def golden(name: str, text: str) -> str:
    """The text that a file holds; with GOLDEN_WRITE set it is written anew."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(f"{text}\n")
    return path.read_text().removesuffix("\n")


def test_what_stands_by_hand_is_shown_with_all_that_is_to_be_copied() -> None:
    """A table, then each with its reasons, rule and tags."""
    text = as_text(Report("prod", (ALICE, BOB, NODE)))
    assert text == golden("found.txt", text)


def test_what_was_done_is_shown_with_the_way_back() -> None:
    """And what was not done, with the reason."""
    way_back = WayBack(Path("kept.json"), ("eks-registrar restore 7 --cluster prod",))
    done = Adopted(ALICE, way_back, ("eks-registrar sweep --cluster prod",))
    errors = ((BOB.standing.arn, WriteConflict("somebody else writes")),)
    text = as_text(Report("prod", (ALICE, BOB), ("arn:ours",), ("arn:absent",), True, True, (done,), errors))
    assert text == golden("applied.txt", text)


def test_what_a_terminal_would_obey_is_shown_as_an_escape() -> None:
    """Names in aws-auth are anybody's."""
    assert "\x1b" not in as_text(Report("prod", (replace(NODE, standing=row(arn="arn:\x1b[2J")),)))
