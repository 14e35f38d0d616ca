"""Plays: the commands say the same of every backend, with the credentials of the registrar."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from ground import READS, Ground
from stage import ACCOUNT, tagging

from lab.settings import CLUSTER


def plan_says_what_sweep_does(ground: Ground) -> None:
    """To the last change, by the same hash; then nothing is left to do."""
    team = ground.namespace()
    role = ground.role(f"{ground.backend.edit(team)} group=oncall")
    narrowed, gone, _ = (ground.registered(f"{ground.backend.view()} group=oncall") for _ in range(3))
    ground.tag(narrowed, "group=oncall")
    ground.untag(gone)
    with ground.no_write():
        status, planned = ground.says_json("plan")
    assert (status, planned["written"]) == (2, False)
    assert sorted(change["action"] for change in planned["changes"]) == ["add", "change", "remove"]
    status, done = ground.says_json("sweep")
    assert (status, done["written"]) == (0, True)
    told = ("planHash", "changes", "bindingsMade", "bindingsDropped", "grants")
    assert {key: done[key] for key in told} == {key: planned[key] for key in told}
    assert ground.may(role, "create", "configmap", "x", "-n", team)
    assert ground.says("plan") == (0, "lab: nothing to do\n")


def replay_says_and_does(ground: Ground) -> None:
    """An event from a file: first what would be done, then done."""
    role = ground.role(ground.backend.view())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "event.json"
        path.write_text(json.dumps(tagging(role)))
        with ground.no_write():
            status, said = ground.says("replay", str(path))
        assert (status, f"{ACCOUNT}:role/{role}" in said) == (0, True), said
        assert "would " in said
        assert ground.says("replay", "--apply", str(path))[0] == 0
    assert ground.may(role, *READS, "-A")


def explain_tells_why(ground: Ground) -> None:
    """From the tag to what stands for the role; and what is refused, with the reason."""
    role = ground.registered(f"{ground.backend.view()} group=system:masters")
    standing = ground.doors.of(role)
    assert standing is not None
    with ground.no_write():
        status, said = ground.says("explain", f"arn:aws:iam::{ACCOUNT}:role/{role}")
    assert status == 0, said
    for told in (f"tag eks-registrar/{CLUSTER} = ", "rule everyone allows it", "refused: ", *standing.rights):
        assert told in said, said
    assert "not settled" not in said
    assert "not readable" not in said


def explain_says_what_is_left_out(ground: Ground) -> None:
    """Custom resources are in none of the fixed policies, which a person who knows `view` would not guess."""
    role = ground.registered("policy=AmazonEKSViewPolicy")
    assert "leaves custom resources out" in ground.says("explain", f"arn:aws:iam::{ACCOUNT}:role/{role}")[1]
    assert "leaves custom resources out" in ground.says("plan", "--output", "json")[1]


def history_has_a_record(ground: Ground) -> None:
    """What others have changed is kept by the next sweep; it can be read by the caller's own kubeconfig."""
    ground.registered(ground.backend.view())
    ground.swept()
    before = _kept(ground)
    theirs = ground.role()
    ground.doors.make_foreign(theirs)
    ground.registered(ground.backend.view())
    ground.swept()
    number, *_ = after = _kept(ground)
    assert after != before
    status, said = _history(ground, "--show", str(number))
    assert (status, f"role/{theirs}" in said) == (0, True), said


def history_has_no_place(ground: Ground) -> None:
    """The command says so, and where else the changes can be read."""
    status, said = _history(ground, "--cluster", CLUSTER)
    assert status == 0, said
    assert "there is no place for a history. CloudTrail has each change" in said


def _kept(ground: Ground) -> list[int]:
    """The numbers of what is kept, newest first."""
    status, said = _history(ground, "--output", "json")
    assert status == 0, said
    return [one["number"] for one in json.loads(said)["kept"]]


def _history(ground: Ground, *options: str) -> tuple[int, str]:
    """As the administrator of the account and of the cluster."""
    kubectl = ("--kubectl", str(ground.lab.kubectl_path))
    return ground.says("history", *options, *kubectl, environment=ground.lab.environment())
