"""Plays: while a cluster reads access entries and aws-auth, ours is in both for a while, and never comes back.

Where entries are written, a row is what was left; where rows are, an entry is.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import Asking
from botocore.exceptions import ClientError
from doors import AWS_AUTH, Entries, Rows, RowsBesideEntries
from ground import READS, TWO_MINUTES, Ground
from stage import ACCOUNT, eventually, tagging, verdicts

from lab.settings import CLUSTER


def our_row_goes_after_two_minutes(ground: Ground) -> None:
    """It stays until the entry has stood for so long, and the role is never refused in between."""
    role = _with_a_row(ground)
    ground.done(tagging(role))
    assert _stands(ground, role) == (True, True)
    ground.done(tagging(role))
    assert _stands(ground, role) == (True, True), "the entry is too young"
    assert ground.user(role).kubectl(*READS, "-A").returncode == 0
    [result] = ground.later(TWO_MINUTES).sweep(ACCOUNT)
    assert result.complete, result
    assert _stands(ground, role) == (False, True)
    assert ground.may(role, *READS, "-A")


def an_event_takes_the_row_too(ground: Ground) -> None:
    """As a sweep does, once the entry is old enough."""
    role = _with_a_row(ground)
    ground.done(tagging(role))
    assert ground.later(TWO_MINUTES).settle([tagging(role)]).outcomes[0].error is None
    assert _stands(ground, role) == (False, True)
    assert ground.may(role, *READS, "-A")


def revoking_removes_both(ground: Ground) -> None:
    """The row first: one that stays behind would give access back when the entry goes."""
    role = _left(ground)
    foreign = ground.doors.foreign()
    ground.done(tagging(role))
    assert _stands(ground, role) == (True, True)
    assert ground.may(role, *READS, "-A")
    assert ground.untagged(role).error is None
    assert _stands(ground, role) == (False, False)
    assert ground.shut_out(role)
    assert ground.doors.foreign() == foreign


def a_narrower_tag_narrows_both(ground: Ground) -> None:
    """Neither gives more than the tag asks for now: a row is narrowed, an entry beside rows goes."""
    team = ground.namespace()
    role = _left(ground, f"edit@{team} view")
    ground.done(tagging(role))
    assert _stands(ground, role) == (True, True)
    ground.tag(role, "view")
    ground.done(tagging(role))
    for standing in (Rows(ground).of(role), Entries(ground).of(role)):
        assert standing is None or standing.rights == ("eks-registrar:view",)
    assert ground.may_not(role, "create", "configmap", "x", "-n", team)


def a_row_of_theirs_is_a_conflict(ground: Ground) -> None:
    """An entry of ours would win over it: it goes, and the role gets in as they have said."""
    role = _left(ground)
    ground.done(tagging(role))
    Rows(ground).remove(role)
    Rows(ground).make_foreign(role)
    foreign = ground.doors.foreign()
    assert verdicts(ground.done(tagging(role))) == {"view": "conflict"}
    assert _stands(ground, role) == (False, False)
    assert ground.doors.foreign() == foreign

    def by_hand() -> bool:
        ground.user(role).renew()
        return "by-hand" in ground.user(role).kubectl("auth", "whoami").stdout

    assert eventually(by_hand)


def our_entry_goes_in_the_next_run(ground: Ground) -> None:
    """By an event, once its row stood when it was read; the role asks all the while and is never refused."""
    role = _left(ground)
    with Asking(ground.reads(role)) as asking:
        ground.done(tagging(role))
        assert _stands(ground, role) == (True, True), "the row is new: it may not be in effect yet"
        assert asking.asks_on(4)
        ground.done(tagging(role))
        assert _stands(ground, role) == (True, False)
        assert asking.asks_on(8)
    assert asking.refusals == []
    with ground.no_write():
        ground.done(tagging(role))


def a_sweep_takes_our_entry(ground: Ground) -> None:
    """As an event does: the first writes the row, the second takes the entry, and a third finds nothing to do."""
    role = _left(ground)
    ground.swept()
    assert _stands(ground, role) == (True, True)
    ground.swept()
    assert _stands(ground, role) == (True, False)
    with ground.no_write():
        ground.swept()
    assert ground.may(role, *READS, "-A")


def one_place_is_read(ground: Ground) -> None:
    """A cluster of such a mode has one place, and EKS or Kubernetes says so of the other."""
    if ground.backend.mode == "CONFIG_MAP":
        before = ground.asked()
        ground.registered("view")
        ground.swept()
        assert not any("Access" in one for one in ground.asked_since(before)), "EKS refuses such calls, even to list"
        with pytest.raises(ClientError, match="authentication mode must be set to one of"):
            ground.lab.aws.client("eks").list_access_entries(clusterName=CLUSTER)
    else:
        assert ground.lab.api.request("GET", AWS_AUTH).status == 404


def _left(ground: Ground, grants: str = "view") -> str:
    """A role that got in while the other place was written: by a row or, where rows are written now, by an entry."""
    doors = ground.doors
    if not isinstance(doors, RowsBesideEntries):
        return _with_a_row(ground, grants)
    role = ground.role(grants)
    for grant in grants.split():
        _bind(ground, grant)
    doors.leave(role, *(f"eks-registrar:{grant}" for grant in grants.split()))
    assert _stands(ground, role) == (False, True)
    assert ground.may(role, *READS, "-A")
    return role


def _bind(ground: Ground, grant: str) -> None:
    """The registrar's binding of a group, as it stood when entries were written: made for another role."""
    other = ground.role(grant)
    ground.done(tagging(other))
    assert Rows(ground).of(other) is not None


def _with_a_row(ground: Ground, grants: str = "view") -> str:
    """A role that got in while aws-auth alone was written."""
    role, cluster = ground.role(grants), ground.policy.cluster(CLUSTER)
    ground.done(tagging(role), policy=replace(ground.policy, clusters=(replace(cluster, backend="aws-auth"),)))
    assert _stands(ground, role) == (True, False)
    assert ground.may(role, *READS, "-A")
    return role


def _stands(ground: Ground, role: str) -> tuple[bool, bool]:
    """Whether a row of ours stands, and whether an entry of ours does."""
    return ground.row(role) is not None, Entries(ground).of(role) is not None
