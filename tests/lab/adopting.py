"""A person at a terminal who adopts what was made by hand: rows, entries, and the command as they call it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asking import Asking, by_kubectl
from entrance import Entrance
from stage import ACCOUNT, Stage, eventually

from lab.kubeconfig import aws_command
from registrar import cli

SWEEP = {"registrar": "sweep", "account": ACCOUNT}


def arn_of(role: str) -> str:
    """The ARN of a role without a path."""
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def row_by_hand(role: str, *groups: str, username: str = "dev:{{SessionName}}") -> str:
    """A row as a person writes it, with a remark before it."""
    listed = "".join(f"  - {group}\n" for group in groups)
    return f"# asked for in March\n- rolearn: {arn_of(role)}\n  username: {username}\n  groups:\n{listed}"


@dataclass(frozen=True)
class Adopter:
    """An administrator of account and cluster, whose folder is ``folder``."""

    stage: Entrance
    folder: Path

    def says(self, *arguments: str) -> tuple[int, str]:
        """What ``eks-registrar adopt`` returns and prints."""
        said = io.StringIO()
        asked = ["adopt", "--cluster", "lab", "--kubectl", str(self.stage.lab.kubectl_path), *arguments]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = cli.main([*asked, "--keep-in", str(self.folder)])
        return status, said.getvalue()

    def finds(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """The candidates of the JSON output, by ARN."""
        _, said = self.says(*arguments, "--output", "json")
        return {one["arn"]: one for one in json.loads(said)["candidates"]}

    def runs(self, line: str) -> None:
        """Copy a command of the AWS CLI that was printed."""
        words = shlex.split(line)
        assert words[0] == "aws"
        subprocess.run([aws_command(), *words[1:]], env=self.stage.lab.environment(), check=True, capture_output=True)

    def runs_in_a_shell(self, line: str) -> None:
        """Copy a line that was printed into a POSIX shell, in which ``aws`` is the lab's."""
        environment = self.stage.lab.environment()
        path = f"{Path(aws_command()).parent}:{os.environ['PATH']}"
        home = str(self.stage.lab.folder.root)
        subprocess.run(
            ["sh", "-ec", line], env=environment | {"PATH": path, "HOME": home}, check=True, capture_output=True
        )

    def bound(self, group: str, namespace: str, *, what: str = "--clusterrole=edit", who: str = "") -> None:
        """A RoleBinding that somebody made by hand, of a group if nobody else is named; it has the group's name."""
        self.stage.lab.kubectl("create", "rolebinding", group, "-n", namespace, what, who or f"--group={group}")

    def version(self) -> str:
        """The resourceVersion of aws-auth."""
        asked = ("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "jsonpath={.metadata.resourceVersion}")
        return self.stage.lab.kubectl(*asked).stdout

    def nothing_is_left_to_do(self) -> bool:
        """Whether the registrar's own next sweep would write nothing."""
        [result] = self.stage.registrar().observing().settle([SWEEP]).results
        return result.plan is not None and result.plan.empty

    def mapped_by_hand(self, *rows: str) -> None:
        """Put rows behind those that stand."""
        self.stage.patch_map_roles(self.stage.data()["mapRoles"] + "".join(rows))


def adopter(stage: Stage, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Adopter:
    """Of account and cluster, with the lab's registrar.yaml."""
    for key, value in stage.lab.environment().items():
        monkeypatch.setenv(key, value)
    return Adopter(Entrance(stage.lab), folder)


@contextmanager
def asking(stage: Stage, role: str, *asks: str) -> Iterator[Asking]:
    """A client that sends requests all the while; it has been let in before, and asks some more afterwards."""
    ask = by_kubectl(stage, role, *asks)
    assert eventually(lambda: ask() is None)
    with Asking(ask) as client:
        yield client
        assert client.asks_on(3)


@contextmanager
def meddling(stage: Stage) -> Iterator[list[str]]:
    """Somebody else who writes another key of aws-auth, at first without a rest; what they wrote, the last one last.

    They rest longer the longer it takes: on a slow machine, too, a reader comes to write between two of theirs.
    """
    stop, written = threading.Event(), list[str]()
    path = "/api/v1/namespaces/kube-system/configmaps/aws-auth"

    def run() -> None:
        while not stop.is_set():
            note = f"note {len(written)}"
            answer = stage.lab.api.request("PATCH", path, {"data": {"theirs": note}}, "application/merge-patch+json")
            if answer.status == 200:
                written.append(note)
            stop.wait(0.05 + 0.01 * len(written))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()
