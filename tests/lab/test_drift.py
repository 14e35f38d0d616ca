"""The sweep heals what events left and what others did to ours: a real cluster, and the registrar's own rights."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from stage import ACCOUNT, TAG, Stage, a_name, event, eventually

from registrar.result import ClusterResult

SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
WRITES = {"create", "update", "patch", "delete", "deletecollection"}
STRANGER = "- rolearn: arn:aws:iam::123456789012:role/stranger\n  username: stranger\n  groups: [some] # mine\n"
Drift = Callable[[str], str]


def swept(stage: Stage) -> ClusterResult:
    """What a sweep that is complete did."""
    settled = stage.settle(SWEEP)
    assert settled.outcomes[0].complete, settled.outcomes[0]
    return settled.results[0]


def registered(stage: Stage, grants: str) -> str:
    """A role whose tag was heard."""
    role = stage.role(grants)
    stage.settle(event("TagRole", role, tags=[{"key": TAG, "value": grants}]))
    assert stage.row(role)
    return role


def ours_and_theirs(text: str) -> tuple[str, str]:
    """Our lines, and all the rest."""
    lines = text.splitlines(keepends=True)
    ours = [line for line in lines if line.startswith('- {"rolearn"')]
    return "".join(ours), "".join(line for line in lines if line not in ours)


def as_another_tool_writes(line: str) -> str:
    """A row of ours in block style, with its keys in another order."""
    row = json.loads(line.removeprefix("- "))
    groups = "".join(f"  - {group}\n" for group in row["groups"])
    return f"- groups:\n{groups}  rolearn: {row['rolearn']}\n  username: '{row['username']}'\n"


def edited(text: str) -> str:
    """More than the tag asks for."""
    return text.replace('["eks-registrar:', '["system:masters", "eks-registrar:')


def emptied(text: str) -> str:
    """No group at all."""
    ours, theirs = ours_and_theirs(text)
    return json.dumps(json.loads(ours.removeprefix("- ")) | {"groups": []}).join(["- ", "\n"]) + theirs


def pointed_at_another_role(text: str) -> str:
    """Our mark, and somebody else's role."""
    ours, theirs = ours_and_theirs(text)
    return ours.replace('"arn:aws:iam::123456789012:role/role-', '"arn:aws:iam::123456789012:role/other-') + theirs


def moved(text: str) -> str:
    """Behind the rows of others, where it would win over them."""
    ours, theirs = ours_and_theirs(text)
    return theirs + ours


def rewritten(text: str) -> str:
    """In the style of another tool."""
    ours, theirs = ours_and_theirs(text)
    return as_another_tool_writes(ours) + theirs


def rewritten_and_moved(text: str) -> str:
    """Both at once, between rows of others."""
    ours, theirs = ours_and_theirs(text)
    return theirs + as_another_tool_writes(ours)


def removed(text: str) -> str:
    """As an older copy of the file does."""
    return ours_and_theirs(text)[1]


def doubled(text: str) -> str:
    """The last one of a role wins, and says more."""
    return text + edited(ours_and_theirs(text)[0])


DRIFTS = [edited, emptied, pointed_at_another_role, moved, rewritten, rewritten_and_moved, removed, doubled]


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__)
def test_whatever_was_done_to_our_row_it_is_as_before(unasked: Stage, drift: Drift) -> None:
    """Byte for byte; and the role's own kubectl works again, with what its tag asks for and no more."""
    team = unasked.namespace()
    role, before = registered(unasked, f"edit@{team}"), unasked.data()
    unasked.patch_map_roles(drift(before["mapRoles"]))
    assert unasked.data() != before
    swept(unasked)
    assert unasked.data() == before
    assert eventually(lambda: unasked.as_role(role, "create", "configmap", a_name("x"), "-n", team).returncode == 0)
    assert "is forbidden" in unasked.as_role(role, "get", "nodes").stderr


def test_nothing_of_others_changes_while_ours_is_healed(unasked: Stage) -> None:
    """Their rows, comments, mapUsers and mapAccounts, and what they add meanwhile."""
    registered(unasked, "view")
    registered(unasked, "view")
    ours, theirs = ours_and_theirs(unasked.data()["mapRoles"])
    first, second = ours.splitlines(keepends=True)
    foreign = unasked.foreign() | {"mapRoles": theirs + STRANGER}
    unasked.patch_map_roles(theirs + edited(first) + STRANGER + as_another_tool_writes(second))
    swept(unasked)
    assert unasked.data() == foreign | {"mapRoles": ours + theirs + STRANGER}


def test_a_sweep_without_changes_makes_no_write(unasked: Stage) -> None:
    """No PATCH, POST, PUT or DELETE of the registrar in the API server's audit log, dry runs included."""
    team = unasked.namespace()
    registered(unasked, f"edit@{team}")
    registered(unasked, "view group=oncall")
    before = verbs(unasked)
    result = swept(unasked)
    assert not result.written
    asked = verbs(unasked)[len(before) :]
    assert "list" in asked, "the sweep was here"
    assert WRITES.isdisjoint(asked), asked


def verbs(stage: Stage) -> list[str]:
    """The verbs of all requests of the registrar so far."""
    events = [json.loads(line) for line in stage.lab.audit_log.read_text().splitlines()]
    return [one["verb"] for one in events if "eks-registrar-controller" in one["user"].get("groups", ())]


def test_a_binding_with_another_subject_is_put_right(unasked: Stage) -> None:
    """Whoever was put into it is out, and the role is in again."""
    team = unasked.namespace()
    role = registered(unasked, f"edit@{team}")
    binding = ("rolebinding", "eks-registrar:edit", "-n", team)
    theirs = [{"op": "replace", "path": "/subjects/0/name", "value": "theirs"}]
    unasked.lab.kubectl("patch", *binding, "--type=json", "-p", json.dumps(theirs))
    swept(unasked)
    found = json.loads(unasked.lab.kubectl("get", *binding, "-o", "json").stdout)
    assert [subject["name"] for subject in found["subjects"]] == [f"eks-registrar:edit@{team}"]
    assert unasked.as_role(role, "create", "configmap", "x", "-n", team).returncode == 0


def test_a_binding_that_was_deleted_is_made_again(unasked: Stage) -> None:
    """The row stands, so nothing but the binding is written."""
    team = unasked.namespace()
    registered(unasked, f"edit@{team}")
    before, there = unasked.data(), unasked.bindings()
    unasked.lab.kubectl("delete", "rolebinding", "eks-registrar:edit", "-n", team)
    swept(unasked)
    assert unasked.bindings() == there
    assert unasked.data() == before


def test_bindings_that_no_row_uses_go_and_those_of_others_stay(unasked: Stage) -> None:
    """What a crash between two writes left; a binding without our mark is none of ours, whatever its name."""
    team, other = unasked.namespace(), unasked.namespace()
    role = registered(unasked, f"edit@{team} view")
    unasked.patch_map_roles(removed(unasked.data()["mapRoles"]))
    unasked.untag(role)
    theirs = ("rolebinding", "eks-registrar:edit", "-n", other)
    unasked.lab.kubectl("create", *theirs, "--clusterrole=edit", "--group=theirs")
    assert len(unasked.bindings()) == 2
    swept(unasked)
    assert unasked.bindings() == []
    assert unasked.lab.kubectl("get", *theirs, check=False).returncode == 0


def test_a_tag_of_which_no_event_came_is_found(unasked: Stage) -> None:
    """TagRole and a narrower TagRole after it, both lost."""
    team = unasked.namespace()
    role = unasked.role(f"edit@{team} view")
    swept(unasked)
    assert unasked.as_role(role, "get", "pods", "-A").returncode == 0
    unasked.tag(role, f"edit@{team}")
    swept(unasked)
    assert f'"groups": ["eks-registrar:edit@{team}"]' in (unasked.row(role) or "")


def test_a_role_that_was_deleted_or_untagged_without_an_event_is_out(unasked: Stage) -> None:
    """Its row goes, the others' stay."""
    deleted, untagged, stays = (registered(unasked, "view") for _ in range(3))
    unasked.iam.delete_role(RoleName=deleted)
    unasked.untag(untagged)
    swept(unasked)
    assert [unasked.row(role) is not None for role in (deleted, untagged, stays)] == [False, False, True]
    assert unasked.as_role(untagged, "get", "pods", "-A").returncode != 0


def test_a_role_made_again_is_judged_by_its_own_tags_alone(unasked: Stage) -> None:
    """The old one might edit; the new one of the same name may view, or nothing."""
    team = unasked.namespace()
    narrower, nothing, stays = (registered(unasked, f"edit@{team}") for _ in range(3))
    for role in (narrower, nothing):
        unasked.iam.delete_role(RoleName=role)
    unasked.role("view", name=narrower)
    unasked.role(None, name=nothing)
    swept(unasked)
    assert '"groups": ["eks-registrar:view"]' in (unasked.row(narrower) or "")
    assert unasked.row(nothing) is None
    assert f"edit@{team}" in (unasked.row(stays) or "")


def test_a_grant_that_waited_is_completed_once_its_namespace_is_there(unasked: Stage) -> None:
    """By the sweep alone; and it waits again when the namespace goes."""
    team = a_name("late")
    role = registered(unasked, f"view edit@{team}")
    assert team not in (unasked.row(role) or "")
    unasked.namespace(team)
    swept(unasked)
    assert unasked.as_role(role, "create", "configmap", "x", "-n", team).returncode == 0
    unasked.lab.kubectl("delete", "namespace", team)
    swept(unasked)
    assert '"groups": ["eks-registrar:view"]' in (unasked.row(role) or "")


def test_a_row_of_somebody_else_for_a_role_of_ours_wins(unasked: Stage) -> None:
    """A conflict: ours goes, theirs stays as it is."""
    role = registered(unasked, "view")
    registered(unasked, "view")
    theirs = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{role}\n  username: by-hand\n"
    foreign = unasked.foreign()
    unasked.patch_map_roles(unasked.data()["mapRoles"] + theirs)
    swept(unasked)
    assert unasked.row(role) is None
    assert unasked.foreign() == foreign | {"mapRoles": foreign["mapRoles"] + theirs}
