"""The test's own test, for access entries: the registrar with a precaution left out is found out, with a schedule."""

from __future__ import annotations

import pytest

from registrar import apply, reconcile, rows
from registrar.sinks.access_entries import EntriesRead
from registrar.sinks.entry_writes import _Writer
from registrar.sinks.rbac import RbacBindings
from tests.interleavings.explore import LawBroken
from tests.interleavings.registrar_actors import Variant, as_it_is
from tests.interleavings.stories_of_entries import STORIES_OF_ENTRIES
from tests.interleavings.stories_of_rows_beside_entries import STORIES_OF_ROWS_BESIDE_ENTRIES
from tests.interleavings.variants_of_entries import (
    looks_at_rows_alone,
    row_of_any,
    without_role_ids,
    writes_entries_before_rows,
)

SWAP = "entries: a sweep while one loses the group that another gets"


STORIES = STORIES_OF_ENTRIES | {f"by rows: {name}": one for name, one in STORIES_OF_ROWS_BESIDE_ENTRIES.items()}


def broken_by(story: str, variant: Variant = as_it_is) -> str:
    """The law that a variant breaks in a story, with the schedule."""
    with pytest.raises(LawBroken) as caught:
        STORIES[story].explore(variant)
    return str(caught.value)


def test_not_looking_at_iam_after_a_write_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry has no version: without that look a run that was held gives back what is revoked."""
    monkeypatch.setattr(reconcile._Run, "_confirmed", lambda *_: True)
    said = broken_by("entries: tagged and untagged")
    assert "quiet: arn:aws:iam::123456789012:role/alice has ['eks-registrar:edit@payments']" in said


def test_an_entry_that_goes_before_its_row_is_caught() -> None:
    """The row would give access back."""
    said = broken_by("both: untagged", writes_entries_before_rows)
    assert "step: the entry of arn:aws:iam::123456789012:role/alice went and its row stands" in said


def test_not_looking_at_the_role_id_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that was made again would have an entry that is listed and gives nothing."""
    monkeypatch.setattr(EntriesRead, "_row", without_role_ids(EntriesRead._row))
    said = broken_by("entries: deleted and made anew with a tag, its own record alone")
    assert "alice lacks ['eks-registrar:view']" in said


def test_believing_a_denial_about_another_entry_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an entry that has gone EKS may say "denied": two events of one role would end in the dead-letter queue."""
    monkeypatch.setattr(_Writer, "_other_by_now", lambda *_: None)
    said = broken_by("entries: untagged and tagged otherwise")
    assert "quiet: record 2 ended in the dead-letter queue" in said


def test_taking_every_entry_for_ours_is_caught_and_harms_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rights of the registrar's role end at our mark: what is foreign stays as it is even then."""
    monkeypatch.setattr(EntriesRead, "is_ours", lambda *_: True)
    monkeypatch.setattr(EntriesRead, "_row", row_of_any)
    said = broken_by("entries: somebody makes an entry")
    assert "sweep 1: it ended as dead" in said
    assert "is not ours and was touched" not in said


def test_not_looking_at_the_bindings_after_a_write_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep may have dropped as unused what an event has just begun to use."""
    monkeypatch.setattr(RbacBindings, "stand", lambda *_: True)
    assert "quiet: there are bindings for" in broken_by(SWAP)


def test_not_looking_at_the_entries_after_a_drop_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the other way round: an event has begun to use what the sweep drops."""
    monkeypatch.setattr(apply, "_make_used_ones_again", lambda *_: None)
    assert "quiet: there are bindings for" in broken_by(SWAP)


def test_looking_at_rows_alone_is_caught() -> None:
    """An entry of ours that was left is never revoked, and wins."""
    said = broken_by("by rows: both stand, untagged", looks_at_rows_alone)
    assert "quiet: arn:aws:iam::123456789012:role/alice has ['eks-registrar:edit@payments']" in said


def test_an_entry_that_goes_before_the_row_in_its_place_is_caught() -> None:
    """Its role would be refused what it is to keep."""
    said = broken_by("by rows: entries stand, narrower", writes_entries_before_rows)
    assert "step: the entry of arn:aws:iam::123456789012:role/alice went before a row gave" in said


def test_an_entry_that_stays_for_good_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever widened a tag would wait for ever: the entry wins."""
    monkeypatch.setattr(rows, "_entry_stays", lambda *_: True)
    said = broken_by("by rows: entries stand, wider")
    assert "sweep 2: entries of ours are left" in said
