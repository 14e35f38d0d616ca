"""The test's own test: the registrar with a precaution left out is found out, each time with a schedule."""

from __future__ import annotations

import pytest

from registrar import reconcile
from tests.interleavings.explore import LawBroken
from tests.interleavings.registrar_actors import Variant, as_it_is
from tests.interleavings.stories import STORIES
from tests.interleavings.variants import (
    does_not_look_again_after_a_drop,
    reads_iam_before_aws_auth,
    writes_under_any_version,
)

SWAP = "one loses the group that another gets, one is killed"


def broken_by(story: str, variant: Variant = as_it_is) -> str:
    """The law that a variant breaks in a story, with the schedule."""
    with pytest.raises(LawBroken) as caught:
        STORIES[story].explore(variant)
    return str(caught.value)


def test_reading_iam_before_aws_auth_is_caught() -> None:
    """A slow run would undo a newer revocation without any conflict."""
    said = broken_by("tagged wider, then untagged, one is killed", reads_iam_before_aws_auth)
    assert "by an IAM that is older than the aws-auth that it replaces" in said
    assert "GetRole alice → alice" in said


def test_not_confirming_a_write_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run held between its reads and its write gives back what a newer one had nothing to remove of."""
    monkeypatch.setattr(reconcile._Run, "_confirmed", lambda *_: True)
    said = broken_by("a role is tagged and untagged")
    assert "quiet: arn:aws:iam::123456789012:role/alice has ['eks-registrar:edit@payments']" in said


def test_not_reading_losers_again_before_a_sweep_takes_away_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page that IAM answers with what was, and a grant goes for a moment."""
    monkeypatch.setattr(reconcile._Run, "_read_losers_again", lambda *_: False)
    said = broken_by("a sweep that reads of a tag too late takes nothing away")
    assert "alice gets [] by an IAM that is older" in said


def test_writing_under_any_version_is_caught() -> None:
    """Without optimistic locking the row goes that somebody added meanwhile."""
    said = broken_by("somebody adds a row", writes_under_any_version)
    assert "step: foreign bytes changed" in said


def test_not_looking_again_after_a_drop_is_caught() -> None:
    """A binding that another run has just begun to use would be missing."""
    said = broken_by(SWAP, does_not_look_again_after_a_drop)
    assert (
        "quiet: there are bindings for ['eks-registrar:view'], and should be for ['eks-registrar:edit@payments'" in said
    )
