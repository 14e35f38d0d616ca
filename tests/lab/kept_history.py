"""A lab whose history is empty, and what a test of it does: write by hand, run the commands, look at what is kept."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import pytest
from stage import Stage, tagging

from lab.local_eks import LocalEks
from registrar import cli

OWN = "/api/v1/namespaces/eks-registrar/configmaps"
NOTE = "# changed by hand, {}\n"


@pytest.fixture
def history(quiet: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The quiet lab, with nothing kept yet and with the cluster administrator's kubeconfig as the caller's own."""
    for number in range(10):
        empty(quiet.lab, f"history-{number}")
    monkeypatch.setenv("KUBECONFIG", str(quiet.lab.admin_kubeconfig))
    monkeypatch.setenv("REGISTRAR_CONFIG", str(quiet.lab.configuration))
    return quiet


def empty(lab: LocalEks, name: str) -> None:
    """What the manifests make: no data and no note of what is kept."""
    found = lab.api.request("GET", f"{OWN}/{name}").body
    found.pop("data", None)
    found["metadata"]["annotations"].pop("eks-registrar/kept", None)
    answer = lab.api.request("PUT", f"{OWN}/{name}", found)
    assert answer.status == 200, answer.message


def command(stage: Stage, *arguments: str) -> tuple[int, str]:
    """What ``eks-registrar`` returns and prints; kubectl is the lab's."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = cli.main([*arguments, "--kubectl", str(stage.lab.kubectl_path)])
    return status, said.getvalue()


def kept(stage: Stage) -> list[dict[str, Any]]:
    """The history as JSON."""
    status, said = command(stage, "history", "--output", "json")
    assert status == 0, said
    bodies: list[dict[str, Any]] = json.loads(said)["kept"]
    return bodies


def registered(stage: Stage) -> str:
    """A role that the registrar has just written into aws-auth."""
    role = stage.role("view")
    stage.settle(tagging(role))
    assert stage.row(role)
    return role


def changed_by_hand(stage: Stage, word: object) -> None:
    """Another writer's write, which keeps our rows."""
    stage.patch_map_roles(stage.data()["mapRoles"] + NOTE.format(word))
