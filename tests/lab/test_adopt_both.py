"""`eks-registrar adopt` where entries and rows are read, and the kubectl that it works by."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from adopting import Adopter, adopter, arn_of, row_by_hand
from entrance import Entrance
from stage import Stage, eventually

from lab.local_eks import LocalEks

HOLDS_A_PROXY = """
import sys, time
from registrar.adoption.proxy import proxied
from registrar.kubectl import Kubectl
with proxied(Kubectl(sys.argv[1]), "lab") as kubernetes:
    print(kubernetes.get("/api/v1/namespaces/kube-system")["metadata"]["name"], flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def both_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API_AND_CONFIG_MAP, in which events reach nobody."""
    folder = tmp_path_factory.mktemp("both")
    with LocalEks.start(folder, with_function=False, mode="API_AND_CONFIG_MAP") as lab:
        yield lab


@pytest.fixture
def person(both_eks: LocalEks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Adopter:
    """The administrator of that lab, on its first day."""
    both_eks.reset()
    return adopter(Entrance(both_eks), monkeypatch, tmp_path)


def test_an_entry_beside_a_foreign_row_waits_until_that_is_gone(person: Adopter) -> None:
    """Else the registrar would find the conflict, and take the adopted entry away; rows themselves are migrated."""
    role = person.stage.new_role()
    name = role.rpartition("/")[2]
    person.stage.tag(name, "group=oncall")
    person.stage.enter(role, username="dev:{{SessionName}}", kubernetesGroups=["oncall"])
    person.mapped_by_hand(row_by_hand(name, "oncall"))
    status, said = person.says("--apply", role)
    assert status == 1
    assert f"another row of aws-auth speaks for this role, too: {arn_of(name)}" in said
    assert "`eks-registrar migrate --cluster lab` moves rows of aws-auth" in said
    text = person.stage.data()["mapRoles"]
    person.stage.patch_map_roles(text.removesuffix(row_by_hand(name, "oncall")))
    status, said = person.says("--apply", role)
    assert status == 0, said
    assert person.nothing_is_left_to_do()


def test_a_row_beside_an_entry_is_not_adopted(person: Adopter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With backend aws-auth: the entry wins over any row."""
    role = person.stage.new_role()
    name = role.rpartition("/")[2]
    person.stage.tag(name, "group=oncall")
    person.stage.enter(role)
    person.mapped_by_hand(row_by_hand(name, "oncall"))
    other = tmp_path / "registrar.yaml"
    text = person.stage.lab.configuration.read_text()
    other.write_text(text.replace("mode: enforce", "mode: enforce, backend: aws-auth"))
    monkeypatch.setenv("REGISTRAR_CONFIG", str(other))
    assert person.finds(arn_of(name))[arn_of(name)]["reasons"] == [
        "an access entry of this role stands, and wins over any row"
    ]


def test_kubectl_ends_with_the_command_however_that_ends(quiet: Stage) -> None:
    """Killed without a moment to clean up."""
    environment = {**os.environ, **quiet.lab.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", HOLDS_A_PROXY, str(quiet.lab.kubectl_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "kube-system\n"
        children = descendants(holder.pid)
        assert any(b"proxy" in command_line(pid) for pid in children)
        holder.kill()
    assert eventually(lambda: not any(b"proxy" in command_line(pid) for pid in children))


def descendants(pid: int) -> list[int]:
    """The processes below one, as Linux tells them."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    below = [int(child) for child in found]
    return [*below, *(deeper for child in below for deeper in descendants(child))]


def command_line(pid: int) -> bytes:
    """Of a process; empty of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
