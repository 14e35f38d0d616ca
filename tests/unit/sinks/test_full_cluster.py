"""A cluster that has as many access entries as EKS lets it have: EKS says so, once."""

from __future__ import annotations

import pytest

from registrar.errors import TooLarge
from registrar.marks import owner_of_arn
from registrar.model import Row
from tests.unit.samples import PREFIX
from tests.unit.sinks.entries_in_memory import CountedEks, account_of, arn, eks_of, ours, standing

NEW = tuple(f"new{number:03}" for number in range(300))


def full_cluster(*entries: str, quota: int) -> CountedEks:
    """EKS with these entries of ours, which lets the cluster have so many; the roles of all others are there."""
    eks = eks_of((standing(name, our=True) for name in entries), quota=quota)
    return CountedEks(eks, account_of(*entries, *NEW))


def written(eks: CountedEks, *rows: Row, whole: bool = True) -> dict[str, TooLarge]:
    """Write these as all of ours; who was refused, by name."""
    place = eks.place()
    failed = place.write(place.read(whole=whole), rows)
    assert all(isinstance(error, TooLarge) for error in failed.values()), failed
    return {ref.name: error for ref, error in failed.items() if isinstance(error, TooLarge)}


def test_after_the_first_refusal_no_other_entry_is_tried() -> None:
    """Hundreds of calls would end alike; each principal is told all the same, with the number and what to do."""
    eks = full_cluster("old", quota=3)
    failed = written(eks, ours("old"), *map(ours, NEW))
    assert eks.asked["CreateAccessEntry"] == 3, "two that found room, and the one that did not"
    assert [entry.arn for entry in eks.eks.standing] == [arn("new000"), arn("new001"), arn("old")]
    assert set(failed) == {*NEW[2:]}
    first, second = str(failed["new002"]), str(failed["new003"])
    assert "ResourceLimitExceededException" in first
    assert "it had 1 when they were read" in first
    assert "EKS allows a cluster 3,000 access entries, or what AWS was asked for" in first
    assert "aws eks list-access-entries" in first
    assert "ask AWS for a higher quota" in first
    assert second.startswith(f"no access entry for {arn('new003')}: not tried, since the cluster has no room for")


def test_an_event_that_is_refused_says_what_to_do_without_a_number() -> None:
    """It has read the entries of its own roles only."""
    error = str(written(full_cluster("old", quota=1), ours("new001"), whole=False)["new001"])
    assert "ask AWS for a higher quota" in error
    assert "when they were read" not in error


def test_what_stands_may_get_more_and_what_is_to_go_goes() -> None:
    """The limit is on their number: no wider grant needs a new entry."""
    eks = full_cluster("old", "older", "oldest", quota=2)
    wider = ours("old", f"{PREFIX}:view", f"{PREFIX}:edit@a")
    failed = written(eks, wider, ours("older"), ours("new001"), ours("new002"))
    assert set(failed) == {"new001", "new002"}
    assert {entry.arn: entry.groups for entry in eks.eks.standing} == {
        arn("old"): (f"{PREFIX}:edit@a", f"{PREFIX}:view"),
        arn("older"): (f"{PREFIX}:view",),
    }


@pytest.mark.parametrize("quota", [5, 300])
def test_a_raised_quota_is_used_to_its_end(quota: int) -> None:
    """We have no number of our own that would stop before."""
    eks = full_cluster("old", quota=quota)
    failed = written(eks, ours("old"), *map(ours, NEW))
    assert len(eks.eks.standing) == quota
    assert len(failed) == len(NEW) + 1 - quota
    assert all(owner_of_arn(entry.arn) is not None for entry in eks.eks.standing)
