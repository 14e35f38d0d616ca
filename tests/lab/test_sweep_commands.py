"""`eks-registrar plan`, `sweep` and `purge` on a real cluster, with the credentials of whoever calls them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stage import ACCOUNT, TAG, Stage, event, eventually

from registrar import cli
from registrar.manifests import manifests, render

DEPARTED = ("--cluster", "lab", "--region", "us-east-1", "--account", ACCOUNT)


@dataclass(frozen=True)
class Caller:
    """A person at a terminal: the account's administrator, who is the cluster's as well."""

    stage: Stage
    capsys: pytest.CaptureFixture[str]

    def says(self, *arguments: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        status = cli.main(arguments)
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def json(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """The exit code and what is said of the one cluster."""
        status = cli.main([*arguments, "--output", "json"])
        [cluster] = json.loads(self.capsys.readouterr().out)["clusters"]
        return status, cluster

    def does_what_is_printed(self, said: str) -> tuple[int, str]:
        """Copy the command that goes on."""
        [line] = [line for line in said.splitlines() if "--plan-hash" in line and line.startswith("  ")]
        return self.says(*line.split()[1:])

    def registered(self, *grants: str) -> list[str]:
        """Roles that the registrar has just written into aws-auth."""
        roles = [self.stage.role(each) for each in grants]
        tagged = [
            event("TagRole", role, tags=[{"key": TAG, "value": each}]) for role, each in zip(roles, grants, strict=True)
        ]
        self.stage.settle(*tagged)
        assert all(self.stage.row(role) for role in roles)
        return roles


def administrator(stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caller:
    """Of account and cluster, with the lab's registrar.yaml."""
    for key, value in stage.lab.environment().items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("REGISTRAR_CONFIG", str(stage.lab.configuration))
    return Caller(stage, capsys)


@pytest.fixture
def caller(unasked: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caller:
    """The administrator of the quiet lab."""
    return administrator(unasked, monkeypatch, capsys)


def test_plan_says_2_then_sweep_0_then_plan_0(caller: Caller) -> None:
    """What is planned is what is done, and then nothing is left to do."""
    team = caller.stage.namespace()
    role = caller.stage.role(f"edit@{team}")
    before = caller.stage.data()
    status, planned = caller.json("plan")
    assert (status, planned["mode"], planned["written"]) == (2, "enforce", False)
    assert caller.stage.data() == before
    status, done = caller.json("sweep")
    assert (status, done["written"]) == (0, True)
    assert [done[key] for key in ("changes", "bindingsMade")] == [planned[key] for key in ("changes", "bindingsMade")]
    assert caller.stage.as_role(role, "create", "configmap", "x", "-n", team).returncode == 0
    assert caller.says("plan") == (0, "lab: nothing to do\n")


def test_a_brake_says_3_until_the_hash_is_named(caller: Caller) -> None:
    """All rows would go: plan and sweep stop, another hash does not help, the printed command does it."""
    roles = caller.registered("view", "view")
    for role in roles:
        caller.stage.untag(role)
    before = caller.stage.data()
    status, said = caller.says("plan")
    assert (status, "all 2 rows of account 123456789012 would be removed" in said) == (3, True)
    assert caller.says("sweep")[0] == 3
    assert caller.says("sweep", "--plan-hash", "0" * 16)[0] == 3
    assert caller.stage.data() == before
    assert caller.does_what_is_printed(said)[0] == 0
    assert caller.stage.rows() == []
    assert caller.says("plan")[0] == 0


def test_a_plan_that_has_changed_since_is_stopped_again(caller: Caller) -> None:
    """One more role would go than was looked at."""
    roles = caller.registered("view", "view")
    for role in roles:
        caller.stage.untag(role)
    _, said = caller.says("plan")
    caller.stage.role("view")
    status, again = caller.does_what_is_printed(said)
    assert (status, "is not this one" in again) == (3, True)
    assert len(caller.stage.rows()) == 2


def test_purge_leaves_no_row_and_no_binding_and_foreign_bytes_as_they_were(caller: Caller) -> None:
    """After two steps: the plan with its hash, and the printed command. No role of ours gets in then."""
    team = caller.stage.namespace()
    foreign = caller.stage.foreign()
    role, _ = caller.registered(f"edit@{team} view", "view group=oncall")
    caller.stage.lab.kubectl("create", "rolebinding", "theirs", "-n", team, "--clusterrole=view", "--group=theirs")
    status, said = caller.says("purge", "--cluster", "lab")
    assert (status, len(caller.stage.rows())) == (2, 2)
    status, said = caller.does_what_is_printed(said)
    assert status == 0, said
    assert "lab: purged: 2 rows removed; 2 bindings dropped" in said
    assert caller.stage.data() == foreign
    assert caller.stage.bindings() == []
    assert caller.stage.lab.kubectl("get", "rolebinding", "theirs", "-n", team, check=False).returncode == 0
    assert caller.stage.as_role(role, "get", "pods", "-n", team).returncode != 0
    assert caller.says("purge", "--cluster", "lab")[0] == 0


def test_purge_with_a_stale_hash_does_nothing(caller: Caller) -> None:
    """Somebody was registered since."""
    caller.registered("view")
    _, said = caller.says("purge", "--cluster", "lab")
    caller.registered("view")
    before, there = caller.stage.data(), caller.stage.bindings()
    status, again = caller.does_what_is_printed(said)
    assert (status, "the plan is no longer" in again) == (3, True)
    assert (caller.stage.data(), caller.stage.bindings()) == (before, there)


def test_a_cluster_that_has_left_the_file_is_purged_by_its_place(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that doctor prints; then every object of the manifests can be found by its label."""
    foreign = caller.stage.foreign()
    caller.registered("view")
    other = tmp_path / "registrar.yaml"
    text = caller.stage.lab.configuration.read_text()
    other.write_text(text.replace("name: lab, tag: lab,", "name: prod, tag: lab,"))
    monkeypatch.setenv("REGISTRAR_CONFIG", str(other))
    status, said = caller.says("purge", *DEPARTED)
    assert (status, "WARNING" in said) == (2, False)
    status, said = caller.does_what_is_printed(said)
    assert (status, caller.stage.data(), caller.stage.bindings()) == (0, foreign, [])
    deletions = [line.split() for line in said.splitlines() if line.startswith("  kubectl delete ")]
    assert len(deletions) == 2
    found = [
        name
        for line in deletions
        for name in caller.stage.lab.kubectl(*line[1:], "--dry-run=server", "-o", "name").stdout.split()
    ]
    assert sorted(name.partition("/")[0].partition(".")[0] for name in found) == [
        "clusterrole", "clusterrolebinding", "namespace", "role", "rolebinding",
        *["validatingadmissionpolicy"] * 3, *["validatingadmissionpolicybinding"] * 3,
    ]  # fmt: skip


def test_remote_lets_the_function_plan_sweep_and_purge(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under its own identity and its own registrar.yaml; what is printed goes on remotely."""
    caller = administrator(stage, monkeypatch, capsys)
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", stage.lab.aws._started().url.partition("/2015")[0])
    remote = ("--remote", "--function", "eks-registrar")
    foreign, role = stage.foreign(), stage.role("view")
    assert eventually(lambda: stage.row(role))
    stage.patch_map_roles(foreign["mapRoles"])

    status, planned = caller.json("plan", *remote)
    added = {"action": "add", "principal": f"{ACCOUNT}:role/{role}", "before": None, "after": ["eks-registrar:view"]}
    assert (status, added in planned["changes"]) == (2, True)
    status, done = caller.json("sweep", *remote)
    assert (status, added in done["changes"]) == (0, True)
    assert stage.row(role)

    status, said = caller.says("purge", "--cluster", "lab", *remote)
    assert (status, "WARNING: registrar.yaml has it in mode enforce" in said) == (2, True)
    status, said = caller.does_what_is_printed(said)
    assert status == 0, said
    assert stage.data() == foreign
    assert stage.bindings() == []


def test_a_function_that_fails_is_quoted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kind of the error and its words, and exit 1: a plan tells it of the cluster, a sweep raises it."""
    caller = administrator(stage, monkeypatch, capsys)
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", stage.lab.aws._started().url.partition("/2015")[0])
    stage.lab.kubectl("delete", "rolebinding", "eks-registrar-controller", "-n", "kube-system")
    try:
        status, said = caller.says("sweep", "--remote")
        assert (status, "function eks-registrar-public in us-east-1 failed: DeniedByRbac: " in said) == (1, True), said
        status, said = caller.says("plan", "--remote")
        assert (status, "lab: FAILED: DeniedByRbac: " in said) == (1, True), said
    finally:
        stage.lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=rights(stage))


def rights(stage: Stage) -> str:
    """The manifests of the lab's cluster."""
    return render(manifests(stage.lab.policy, "lab"))
