"""The installation gets a new name: its rows and bindings are taken over while a role keeps sending requests."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from asking import Asking, by_kubectl
from registrar_identity import Registrar, refused
from stage import Stage, eventually, tagging

from lab import registrar_rights
from registrar.marks import MANAGED_BY
from registrar.policy import Policy

SWEEP = {"registrar": "sweep", "account": "123456789012"}
NEW = "access-bot"


@pytest.fixture
def renamed(quiet: Stage) -> Iterator[Policy]:
    """The lab's policy under a new name, with the rights of that name applied and the registrar's own row changed."""
    policy = replace(quiet.registrar().policy, installation=NEW, formerly=("eks-registrar",))
    yield policy
    # The manifests stay: they bind nobody but the group of that name.
    quiet.lab.kubectl("delete", "rolebindings,clusterrolebindings", "-A", "-l", f"{MANAGED_BY}={NEW}")


def as_renamed(quiet: Stage, policy: Policy) -> None:
    """What an administrator does: apply the manifests of the new name, and let the registrar in as that."""
    registrar_rights.install(policy, quiet.lab.api, quiet.lab.kubectl)
    text = quiet.data()["mapRoles"]
    quiet.patch_map_roles(text.replace("eks-registrar-controller", f"{NEW}-controller"))
    assert eventually(lambda: f"{NEW}-controller" in Registrar.of(quiet.lab).groups())


def test_nobody_is_refused_while_the_name_changes(quiet: Stage, renamed: Policy) -> None:
    """One write moves all rows, after their bindings are made; of the former name nothing is left."""
    team = quiet.namespace()
    roles = [quiet.role(f"edit@{team}"), quiet.role(f"view edit@{team}")]
    quiet.settle(*map(tagging, roles))
    as_renamed(quiet, renamed)
    with Asking(by_kubectl(quiet, roles[0], "get", "pods", "-n", team)) as asking:
        settled = quiet.settle(SWEEP, policy=renamed)
    assert settled.outcomes[0].complete, settled
    assert asking.requests
    assert asking.refusals == []
    assert "eks-registrar:" not in quiet.data()["mapRoles"]
    assert quiet.bindings() == []
    assert quiet.as_role(roles[1], "get", "pods", "-n", team).returncode == 0
    names = quiet.lab.kubectl("get", "rolebindings", "-n", team, "-o", "json").stdout
    assert [one["metadata"]["name"] for one in json.loads(names)["items"]] == [f"{NEW}:edit"]


def test_the_admission_policy_lets_a_row_of_the_former_name_go_and_never_come(quiet: Stage, renamed: Policy) -> None:
    """A function that was taken over cannot use the old name to get past the rules."""
    role = quiet.role("view")
    quiet.settle(tagging(role))
    as_renamed(quiet, renamed)
    text = quiet.data()["mapRoles"]
    registrar = Registrar.of(quiet.lab)
    with_more = text.replace('"eks-registrar:view"]', '"eks-registrar:view", "eks-registrar:edit@kube-system"]', 1)
    second = text.splitlines()[0].replace(role, "intruder") + "\n" + text
    assert with_more != text
    for attack in (with_more, second):
        answer = registrar.writes_map_roles(attack)
        assert refused(answer, "a row of the registrar"), answer.message
    without = text.split("\n", 1)[1]
    assert registrar.writes_map_roles(without).status == 200
