"""Which access entries are ours: by both tags, for a role, in our form, and never the registrar's own way in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registrar.eks.access_entries import AccessEntry
from registrar.marks import Marks, controller_group, entry_tags, username_of
from registrar.sinks.access_entries import EntriesRead
from tests.unit.samples import ACCOUNT, MARKS, NOW, PREFIX, ref, role

ARN = f"arn:aws:iam::{ACCOUNT}:role/alice"
OURS = AccessEntry(
    ARN, username_of(ref(), PREFIX), (f"{PREFIX}:view",), "STANDARD", entry_tags("AROAEXAMPLE", PREFIX), NOW, NOW
)


def read(*entries: AccessEntry, marks: Marks = MARKS) -> EntriesRead:
    """These entries as all that the cluster has."""
    return EntriesRead({one.arn.lower(): one for one in entries}, marks, NOW, whole=True)


def test_an_entry_with_both_tags_is_ours_whatever_was_made_of_it() -> None:
    """Somebody who edits groups and username hides nothing from the sweep."""
    assert read().is_ours(OURS)
    assert read().is_ours(replace(OURS, username="admin", groups=("by-hand",)))


@pytest.mark.parametrize("name", [PREFIX, "old-name"])
def test_the_registrars_own_entry_is_never_ours(name: str) -> None:
    """Whatever tags somebody gives it: a sweep would plan its removal, and an administrator's rights would let it."""
    groups = ("oncall", controller_group(name))
    for tags in (entry_tags("AROAEXAMPLE", PREFIX), entry_tags("AROAEXAMPLE", name)):
        own = replace(OURS, groups=groups, tags=tags)
        found = read(own, replace(OURS, arn=f"{ARN}-2"), marks=Marks(PREFIX, ("old-name",)))
        assert not found.is_ours(own)
        assert [row.arn for row in found.held.ours] == [f"{ARN}-2"]
        assert found.held.others == 1
        assert "not ours" in found.claims([role()])[ref()]


def test_the_way_in_of_another_installation_is_no_way_in_of_ours() -> None:
    """As a group in an entry of ours it is one that somebody put there, and goes."""
    assert read().is_ours(replace(OURS, groups=("eks-registrar2-controller",)))


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": {}}, {"kind": "EC2_LINUX"}, {"arn": f"arn:aws:iam::{ACCOUNT}:user/alice"},
        {"tags": {"app.kubernetes.io/managed-by": PREFIX}},
    ],
    ids=["no tags", "a node's", "a user's", "half of the mark"],
)  # fmt: skip
def test_what_is_not_in_our_form_is_foreign(changes: dict[str, object]) -> None:
    """The other conditions stand as they were."""
    assert not read().is_ours(replace(OURS, **changes))
