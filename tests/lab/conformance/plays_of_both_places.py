"""Plays: while a cluster reads access entries and aws-auth, ours is in both for a while, and never comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from doors import AWS_AUTH, Rows
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
    role = _with_a_row(ground)
    foreign = ground.doors.foreign()
    ground.done(tagging(role))
    assert ground.may(role, *READS, "-A")
    assert ground.untagged(role).error is None
    assert _stands(ground, role) == (False, False)
    assert ground.shut_out(role)
    assert ground.doors.foreign() == foreign


def a_narrower_tag_narrows_both(ground: Ground) -> None:
    """What the row gives beside the entry is never more than the tag asks for now."""
    team = ground.namespace()
    role = _with_a_row(ground, f"edit@{team} view")
    ground.done(tagging(role))
    ground.tag(role, "view")
    ground.done(tagging(role))
    row = Rows(ground).of(role)
    assert row is None or row.rights == ("eks-registrar:view",)
    assert ground.may_not(role, "create", "configmap", "x", "-n", team)


def a_row_of_theirs_is_a_conflict(ground: Ground) -> None:
    """An entry of ours would win over it: it goes, and the role gets in as they have said."""
    role = ground.registered("view")
    Rows(ground).make_foreign(role)
    foreign = ground.doors.foreign()
    assert verdicts(ground.done(tagging(role))) == {"view": "conflict"}
    assert _stands(ground, role) == (False, False)
    assert ground.doors.foreign() == foreign

    def by_hand() -> bool:
        ground.user(role).renew()
        return "by-hand" in ground.user(role).kubectl("auth", "whoami").stdout

    assert eventually(by_hand)


def one_place_is_read(ground: Ground) -> None:
    """A cluster of such a mode has one place, and EKS or Kubernetes says so of the other."""
    if ground.backend.mode == "CONFIG_MAP":
        with pytest.raises(ClientError, match="authentication mode must be set to one of"):
            ground.lab.aws.client("eks").list_access_entries(clusterName=CLUSTER)
    else:
        assert ground.lab.api.request("GET", AWS_AUTH).status == 404


def _with_a_row(ground: Ground, grants: str = "view") -> str:
    """A role that got in while aws-auth alone was written."""
    role, cluster = ground.role(grants), ground.policy.cluster(CLUSTER)
    ground.done(tagging(role), policy=replace(ground.policy, clusters=(replace(cluster, backend="aws-auth"),)))
    assert _stands(ground, role) == (True, False)
    assert ground.may(role, *READS, "-A")
    return role


def _stands(ground: Ground, role: str) -> tuple[bool, bool]:
    """Whether a row of ours stands, and whether an entry of ours does."""
    return ground.row(role) is not None, ground.doors.of(role) is not None
