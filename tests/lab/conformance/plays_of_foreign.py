"""Plays: what is not ours is neither touched nor shadowed."""

from __future__ import annotations

from ground import Ground
from stage import eventually, tagging, trusting, verdicts


def a_way_in_by_hand_is_a_conflict(ground: Ground) -> None:
    """It was there first: nothing is granted beside it, and not a byte of it changes."""
    role = ground.role(ground.backend.view())
    ground.doors.make_foreign(role)
    foreign = ground.doors.foreign()
    assert verdicts(ground.done(tagging(role))) == {ground.backend.view(): "conflict"}
    assert ground.doors.of(role) is None
    assert ground.doors.foreign() == foreign


def ours_goes_beside_a_way_in_by_hand(ground: Ground) -> None:
    """It came later: ours goes, theirs stays, and the role gets in as they have said."""
    role = ground.registered(ground.backend.view())
    ground.doors.make_foreign(role)
    foreign = ground.doors.foreign()
    assert verdicts(ground.done(tagging(role))) == {ground.backend.view(): "conflict"}
    assert ground.doors.of(role) is None
    assert ground.doors.foreign() == foreign
    assert eventually(lambda: "by-hand" in _who(ground, role))
    ground.untag(role)
    ground.swept()
    assert ground.doors.foreign() == foreign


def _who(ground: Ground, role: str) -> str:
    ground.user(role).renew()
    return ground.user(role).kubectl("auth", "whoami").stdout


def a_node_is_not_heard(ground: Ground) -> None:
    """Stack tags spill onto such roles, and every pod of the node could use the grant."""
    role = ground.role(ground.backend.view(), trust=trusting(Service="ec2.amazonaws.com"))
    settled = ground.done(tagging(role))
    assert verdicts(settled) == {ground.backend.view(): "refused"}
    assert "the role is a node's" in settled.results[0].wanted[0].decisions[0].reason
    assert ground.doors.of(role) is None


def the_node_that_is_there_stays(ground: Ground) -> None:
    """The way in of the cluster's own nodes is foreign, whatever tags somebody puts on their role."""
    foreign = ground.doors.foreign()
    role = "lab-node-role"
    roles = {one["RoleName"] for one in ground.iam.list_roles()["Roles"]}
    if role not in roles:
        ground.role(None, name=role, trust=trusting(Service="ec2.amazonaws.com"))
    ground.tag(role, ground.backend.view())
    try:
        found = verdicts(ground.done(tagging(role)))
    finally:
        ground.untag(role)
    assert set(found.values()) <= {"refused", "conflict"}
    assert ground.doors.foreign() == foreign
    assert ground.doors.of(role) is None
