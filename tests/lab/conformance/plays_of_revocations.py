"""Plays: how a role loses what no tag says any more."""

from __future__ import annotations

from ground import READS, Ground, deleting
from stage import event, tagging


def a_changed_tag_narrows_and_widens(ground: Ground) -> None:
    """What was taken out is forbidden, what was put in is allowed."""
    first, second = ground.namespace(), ground.namespace()
    role = ground.registered(f"{ground.backend.edit(first)} {ground.backend.edit(second)}")
    assert ground.may(role, "create", "configmap", "before", "-n", second)
    ground.tag(role, ground.backend.edit(first))
    ground.done(tagging(role))
    assert ground.may_not(role, "create", "configmap", "after", "-n", second)
    assert ground.user(role).kubectl("create", "configmap", "after", "-n", first).returncode == 0
    ground.tag(role, f"{ground.backend.edit(first)} {ground.backend.view(second)}")
    ground.done(tagging(role))
    assert ground.may(role, *READS, "-n", second)
    assert ground.forbidden_now(role, "create", "configmap", "again", "-n", second)


def an_untagged_role_is_unknown(ground: Ground) -> None:
    """Not forbidden, but not known: 401. Everything that is not ours is as it was before."""
    foreign = ground.doors.foreign()
    role = ground.registered(ground.backend.view())
    assert ground.may(role, *READS, "-A")
    assert ground.untagged(role).error is None
    assert ground.doors.of(role) is None
    assert ground.shut_out(role)
    assert ground.doors.foreign() == foreign


def a_deleted_role_is_unknown(ground: Ground) -> None:
    """By its event."""
    role = ground.registered(ground.backend.view())
    assert ground.may(role, *READS, "-A")
    ground.deleted(role)
    ground.done(deleting(role))
    assert ground.doors.of(role) is None
    assert ground.shut_out(role)


def a_path_goes_at_once(ground: Ground) -> None:
    """The rows have no path, so the event names it well enough."""
    role = ground.registered(ground.backend.view(), path="/dev/")
    ground.deleted(role)
    ground.done(deleting(role))
    assert ground.doors.of(role) is None
    assert ground.shut_out(role)


def a_path_is_left_to_the_sweep(ground: Ground) -> None:
    """No event tells its path, and EKS finds an entry by nothing else. Nobody gets in by it meanwhile."""
    role = ground.registered(ground.backend.view(), path="/dev/")
    ground.deleted(role)
    ground.done(deleting(role))
    assert ground.doors.of(role) is not None
    assert ground.shut_out(role)
    ground.swept()
    assert ground.doors.of(role) is None


def made_again_starts_anew(ground: Ground) -> None:
    """Its name is known already: it gets in once it is tagged, and not before."""
    team = ground.namespace()
    role = ground.registered(ground.backend.edit(team))
    ground.iam.delete_role(RoleName=role)
    gone = deleting(role)
    ground.role(None, name=role)
    ground.done(gone, event("CreateRole", role))
    assert ground.shut_out(role)
    ground.tag(role, ground.backend.view(team))
    ground.done(tagging(role))
    assert ground.may(role, *READS, "-n", team)
    assert ground.forbidden_now(role, "create", "configmap", "x", "-n", team)


def made_again_with_its_tag(ground: Ground) -> None:
    """Deleted and made again with the same tag before anybody looked: it gets in, as the role that it is now."""
    role = ground.registered(ground.backend.view())
    assert ground.may(role, *READS, "-A")
    ground.iam.delete_role(RoleName=role)
    gone = deleting(role)
    ground.role(ground.backend.view(), name=role)
    ground.done(gone, event("CreateRole", role))
    assert ground.may(role, *READS, "-A")


def an_event_touches_nobody_else(ground: Ground) -> None:
    """Somebody else's tag was taken away without an event: that is not this event's business."""
    role, other = ground.registered(ground.backend.view()), ground.registered(ground.backend.view())
    before = ground.doors.of(other)
    ground.untag(other)
    assert ground.untagged(role).error is None
    assert ground.doors.of(role) is None
    assert ground.doors.of(other) == before


def twice_and_in_any_order(ground: Ground) -> None:
    """Events are hints: after all of them stands what IAM says, whichever came last."""
    team = ground.namespace()
    role = ground.role(ground.backend.edit(team))
    untagged, tagged = event("UntagRole", role, tagKeys=["eks-registrar/lab"]), tagging(role)
    for order in ([untagged, tagged], [tagged, untagged], [tagged, tagged, untagged, tagged]):
        ground.done(*order)
        ground.done(*order)
        assert ground.doors.of(role) is not None
    with ground.no_write():
        ground.done(tagged, tagged)
    assert ground.may(role, "create", "configmap", "x", "-n", team)
    ground.untag(role)
    ground.done(tagged, untagged)
    ground.done(tagged)
    assert ground.doors.of(role) is None
    assert ground.shut_out(role)
