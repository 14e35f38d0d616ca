"""docs/adopt.md names what `eks-registrar adopt` prints and takes."""

from __future__ import annotations

from pathlib import Path

from pages import page

from registrar.adoption.carry_out import Adopted
from registrar.adoption.kept import WayBack
from registrar.adoption.model import Candidate, Comparison, Proposal, Standing, Verdict
from registrar.commands.adopt_shown import Report, as_dict
from registrar.model import Row

ARN = "arn:aws:iam::123456789012:role/alice"


def test_every_key_of_the_json_output_is_documented() -> None:
    """The stable output has no key that a reader must guess."""
    candidate = Candidate(
        Standing(ARN, False, "alice", ("devs",)),
        None,
        proposal=Proposal((), (), (), ""),
        after=Row(ARN, "alice", ("devs",)),
        comparison=Comparison((), (), 1, forecast=False),
    )
    adopted = Adopted(candidate, WayBack(Path("kept.json"), ("step",)))
    shown = as_dict(Report("prod", (candidate,), adopted=(adopted,)))
    [one] = shown["candidates"]
    keys = {*shown, *one, *one["after"], *one["wayBack"]}
    assert {"verdict", "steps", "absent"} < keys
    text = page("docs/adopt.md")
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


def test_every_verdict_is_documented() -> None:
    """With what to do about it."""
    text = page("docs/adopt.md")
    assert [verdict for verdict in Verdict if f"| `{verdict}` |" not in text] == []
