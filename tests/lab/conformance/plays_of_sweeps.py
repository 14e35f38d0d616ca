"""Plays: what the sweep heals, and what stops it."""

from __future__ import annotations

from doors import Standing
from ground import READS, SWEEP, Ground
from stage import eventually

INTRUDERS = "intruders"
CONTROLLER = "eks-registrar-controller"


def a_lost_event_is_healed(ground: Ground) -> None:
    """One to grant, one to narrow, one to revoke: nobody told of any of them."""
    team = ground.namespace()
    narrowed, revoked = (ground.registered(f"{ground.backend.edit(team)} {ground.backend.view()}") for _ in range(2))
    granted = ground.role(ground.backend.view())
    ground.tag(narrowed, ground.backend.view())
    ground.untag(revoked)
    ground.swept()
    assert ground.may(granted, *READS, "-A")
    assert ground.may_not(narrowed, "create", "configmap", "x", "-n", team)
    assert ground.shut_out(revoked)


def a_group_put_in_by_hand_goes(ground: Ground) -> None:
    """More than the tag asks for."""
    role, before = _and_standing(ground)
    ground.doors.meddle(role, group=INTRUDERS)
    assert ground.doors.of(role) != before
    ground.swept()
    assert ground.doors.of(role) == before
    assert ground.may(role, *READS, "-A")

    def without_intruders() -> bool:
        ground.user(role).renew()
        return INTRUDERS not in ground.user(role).kubectl("auth", "whoami").stdout

    assert eventually(without_intruders), "what was written is in effect a moment later"


def a_username_changed_by_hand_is_put_right(ground: Ground) -> None:
    """The entry is known by its tags and its principal, which nobody can edit."""
    role, before = _and_standing(ground)
    ground.doors.meddle(role, username="somebody:{{SessionName}}")
    ground.swept()
    assert ground.doors.of(role) == before
    assert ground.may(role, *READS, "-A")


def a_username_changed_by_hand_makes_it_theirs(ground: Ground) -> None:
    """The username is the mark of a row: without it, it is a conflict, and left alone."""
    role, _ = _and_standing(ground)
    ground.doors.meddle(role, username="somebody:{{SessionName}}")
    foreign = ground.doors.foreign()
    result = ground.swept()
    assert result.plan is not None
    assert {d.verdict.value for ds in result.plan.decisions.values() for d in ds} == {"allowed", "conflict"}
    assert ground.doors.foreign() == foreign


def ours_taken_away_comes_back(ground: Ground) -> None:
    """As an older copy of the file, or a careless script, does."""
    role, before = _and_standing(ground)
    ground.doors.remove(role)
    assert ground.doors.of(role) is None
    ground.swept()
    assert ground.doors.of(role) == before
    assert ground.may(role, *READS, "-A")


def one_put_out_of_reach_is_told_of(ground: Ground) -> None:
    """Somebody gave it the registrar's own group: no removal reaches it, and every sweep says so."""
    role, _ = ground.registered(ground.backend.view()), ground.registered(ground.backend.view())
    assert ground.swept().hidden == ()
    ground.doors.meddle(role, group=CONTROLLER)
    ground.untag(role)
    for _ in range(2):
        [words] = ground.swept().hidden
        assert f":role/{role} is marked as ours" in words
        assert "no revocation, sweep or purge takes it" in words


def an_orphaned_binding_goes(ground: Ground) -> None:
    """Nothing uses it any more: what a crash between two writes left. One that is not ours stays."""
    team = ground.namespace()
    role, _ = ground.registered(f"edit@{team}"), ground.registered("view")
    ground.lab.kubectl("create", "rolebinding", "theirs", "--clusterrole=edit", "--group=theirs", "-n", team)
    ground.doors.remove(role)
    ground.untag(role)
    assert len(ground.bindings()) == 2
    ground.swept()
    assert len(ground.bindings()) == 1
    assert ground.lab.kubectl("get", "rolebinding", "theirs", "-n", team, check=False).returncode == 0


def there_is_no_binding(ground: Ground) -> None:
    """None is ever made, so none can be left over."""
    ground.registered(f"{ground.backend.edit(ground.namespace())} group=oncall")
    ground.swept()
    assert ground.bindings() == []


def what_a_vanished_role_left_goes(ground: Ground) -> None:
    """Deleted without an event; the others stay."""
    gone, with_path, stays = (ground.registered(ground.backend.view(), path=path) for path in ("/", "/dev/", "/"))
    ground.registered(ground.backend.view())
    for role in (gone, with_path):
        ground.deleted(role)
    ground.swept()
    assert [ground.doors.of(role) is None for role in (gone, with_path, stays)] == [True, True, False]
    assert ground.shut_out(gone)
    assert ground.may(stays, *READS, "-A")


def a_role_made_again_is_healed(ground: Ground) -> None:
    """The sweep finds it without any event: what stands for it is of the role that is there now."""
    role, _ = ground.registered(ground.backend.view()), ground.registered(ground.backend.view())
    ground.iam.delete_role(RoleName=role)
    ground.role(ground.backend.view(), name=role)
    ground.swept()
    assert ground.may(role, *READS, "-A")


def a_brake_stops_a_mass_removal(ground: Ground) -> None:
    """Until a person has named the plan's hash; another hash does not help."""
    roles = [ground.registered(ground.backend.view()) for _ in range(3)]
    for role in roles:
        ground.untag(role)
    with ground.no_write():
        braked = ground.tell(SWEEP).results[0]
        assert ground.tell(SWEEP | {"planHash": "0" * 16}).results[0].braked
    assert "all 3" in (braked.braked or "")
    assert ground.may(roles[0], *READS, "-A")
    ground.swept(plan_hash=braked.hashed)
    assert ground.doors.ours() == []
    assert ground.shut_out(roles[0])


def purge_leaves_nothing_of_ours(ground: Ground) -> None:
    """First the plan, then by its hash; what is not ours is as it was."""
    foreign = ground.doors.foreign()
    roles = [ground.registered(f"{ground.backend.view()} group=oncall") for _ in range(2)]
    with ground.no_write():
        status, said = ground.says_json("purge", "--cluster", "lab")
    assert (status, len(said["changes"])) == (2, 2)
    status, said = ground.says_json("purge", "--cluster", "lab", "--plan-hash", said["planHash"])
    assert (status, said["written"]) == (0, True), said
    assert (ground.doors.ours(), ground.bindings()) == ([], [])
    assert ground.doors.foreign() == foreign
    assert ground.shut_out(roles[0])


def _and_standing(ground: Ground) -> tuple[str, Standing | None]:
    """A role that got in, and what stands for it; and another one, so that no brake is touched."""
    role, _ = ground.registered(f"{ground.backend.view()} group=oncall"), ground.registered(ground.backend.view())
    return role, ground.doors.of(role)
