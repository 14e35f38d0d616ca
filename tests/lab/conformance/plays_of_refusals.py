"""Plays: bad input is answered with a clear message, or comes to a healed state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ground import SWEEP, Ground
from stage import ACCOUNT, a_name, event, tagging, verdicts

from lab.settings import CLUSTER
from registrar.eks.access_entries import EntriesApi
from registrar.errors import EntryRefused, NotYetVisible, WrongMode
from registrar.policy import Policy


def a_place_that_the_mode_does_not_read(ground: Ground) -> None:
    """registrar.yaml by hand says another place than the cluster reads: the message says which, and what to say."""
    role = ground.role(ground.backend.view())
    policy = _with_cluster(ground.policy, **ground.backend.unread)
    with ground.no_write():
        settled = ground.tell(tagging(role), SWEEP, policy=policy)
    for outcome in settled.outcomes:
        assert isinstance(outcome.error, WrongMode), outcome
        assert f"its authentication mode is {ground.backend.mode}" in str(outcome.error)
        assert "Nothing was written" in str(outcome.error)


def a_reserved_group_is_refused(ground: Ground) -> None:
    """Kubernetes' and EKS's own, and those of the registrar; one that came past our checks EKS refuses in its words."""
    groups = ["system:masters", "eks:kube-proxy", "eks-registrar:edit@kube-system", "eks-registrar-controller"]
    role = ground.role(" ".join([*(f"group={group}" for group in groups), "group=oncall"]))
    found = verdicts(ground.done(tagging(role)))
    assert found == {**{f"group={group}": "refused" for group in groups}, "group=oncall": "allowed"}
    standing = ground.doors.of(role)
    assert standing is not None
    assert standing.rights == ("oncall",)
    if ground.backend.mode != "CONFIG_MAP":
        with pytest.raises(EntryRefused, match=r"cluster lab: eks:CreateAccessEntry .*cannot start with system:"):
            _as_administrator(ground).create(_arn(ground.role()), "by:{{SessionName}}", ["system:masters"], {})


def a_username_without_a_colon_is_refused(ground: Ground) -> None:
    """EKS wants a colon before the session's name: whoever chose that name could be anybody."""
    role = ground.role()
    with pytest.raises(EntryRefused, match=r"cluster lab: eks:CreateAccessEntry .*a colon before"):
        _as_administrator(ground).create(_arn(role), "eks-registrar{{SessionName}}", ["oncall"], {})
    assert ground.unknown_now(role)


def a_username_without_a_colon_is_theirs(ground: Ground) -> None:
    """The authenticator takes any: such a row does not carry our mark, and is left alone."""
    role = ground.registered("view")
    ground.doors.meddle(role, username="eks-registrar{{SessionName}}")
    foreign = ground.doors.foreign()
    assert verdicts(ground.done(tagging(role))) == {"view": "conflict"}
    assert ground.doors.foreign() == foreign


def a_role_that_is_gone_is_waited_for(ground: Ground) -> None:
    """A young event may be ahead of IAM and returns; an old one is left to the sweep, which finds nothing."""
    role = a_name("role")
    before = ground.doors.foreign()
    outcome = ground.tell(tagging(role)).outcomes[0]
    assert isinstance(outcome.error, NotYetVisible)
    old = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    event_of_old: dict[str, Any] = event("TagRole", role) | {"time": old}
    event_of_old["detail"]["eventTime"] = old
    with ground.no_write():
        ground.done(event_of_old)
        ground.swept()
    assert ground.doors.of(role) is None
    assert ground.doors.foreign() == before


def a_tag_that_differs_only_in_case(ground: Ground) -> None:
    """IAM's tag keys ignore case, ours do not: it grants nothing, and is reported."""
    role = ground.role()
    ground.tag(role, ground.backend.view(), key="EKS-registrar/lab")
    settled = ground.done(tagging(role))
    assert "only in case" in settled.results[0].wanted[0].notes[0]
    assert ground.doors.of(role) is None


def _with_cluster(policy: Policy, **changed: Any) -> Policy:
    return replace(policy, clusters=tuple(replace(cluster, **changed) for cluster in policy.clusters))


def _as_administrator(ground: Ground) -> EntriesApi:
    """The function's own code, under somebody's rights whom IAM refuses nothing."""
    return EntriesApi(ground.lab.aws.client("eks"), ground.policy.cluster(CLUSTER))


def _arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"
