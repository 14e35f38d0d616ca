"""`eks-registrar adopt` on access entries: one UpdateAccessEntry, and never an entry deleted and made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from adopting import Adopter, adopter, arn_of, asking
from entrance import VIEW, Entrance
from stage import a_name, eventually, trusting

from lab.local_eks import LocalEks
from lab.settings import CLUSTER, CONFIGURATION

ADMIN = VIEW.replace("View", "Admin")
RULES = """
- name: adopted
  roles: ["/**"]
  clusters: [lab]
  allow: ["policy=AmazonEKSViewPolicy@*", policy=AmazonEKSViewPolicy]
"""


@pytest.fixture(scope="module")
def api_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API whose rules allow an access policy, and in which events reach nobody."""
    text = CONFIGURATION.read_text() + RULES
    with LocalEks.start(tmp_path_factory.mktemp("api"), text, with_function=False, mode="API") as lab:
        yield lab


@pytest.fixture
def person(api_eks: LocalEks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Adopter:
    """The administrator of that lab, on its first day and with no role that asks for anything."""
    api_eks.reset()
    stage = Entrance(api_eks)
    stage.untag_everybody()
    return adopter(stage, monkeypatch, tmp_path)


def entry(stage: Entrance, arn: str) -> dict[str, object]:
    """What EKS shows of an entry."""
    return dict(stage.eks.describe_access_entry(clusterName=CLUSTER, principalArn=arn)["accessEntry"])


def policies(stage: Entrance, arn: str) -> dict[str, list[str]]:
    """The namespaces of its access policies, by name."""
    asked = stage.eks.list_associated_access_policies(clusterName=CLUSTER, principalArn=arn)
    found = asked["associatedAccessPolicies"]
    return {one["policyArn"].rpartition("/")[2]: one["accessScope"]["namespaces"] for one in found}


def test_an_entry_is_adopted_while_its_role_sends_requests(person: Adopter) -> None:
    """Group and access policy become grants; nobody is refused, and nothing is left for the registrar."""
    stage, group, team, other = person.stage, a_name("devs"), person.stage.namespace(), person.stage.namespace()
    role = stage.new_role(path="/team/")
    person.bound(group, team, what="--clusterrole=view")
    stage.enter(role, username="dev:{{SessionName}}", kubernetesGroups=[group])
    stage.associate(role, VIEW, other)
    found = person.finds(role)[role]
    assert (found["place"], found["verdict"], found["rule"]) == ("entry", "equal", "")
    assert found["grants"] == [f"policy=AmazonEKSViewPolicy@{other}", f"view@{team}"]
    made = entry(stage, role)["createdAt"]
    with asking(stage, role, "get", "configmaps", "-n", team) as client:
        for line in found["tagCommands"]:
            person.runs(line)
        status, said = person.says("--apply", role)
    assert status == 0, said
    assert client.requests
    assert client.refusals == []
    after = entry(stage, role)
    assert after["createdAt"] == made
    assert str(after["username"]).startswith("eks-registrar:")
    assert after["kubernetesGroups"] == [f"eks-registrar:view@{team}"]
    assert policies(stage, role) == {"AmazonEKSViewPolicy": [other]}
    assert person.nothing_is_left_to_do()
    assert stage.as_role(role, "get", "pods", "-n", other).returncode == 0
    assert person.says("--apply", role)[1].startswith(f"{role}: under the tags already")


def test_an_adoption_that_broke_off_goes_on(person: Adopter) -> None:
    """Between update and tags it is foreign to the registrar, which leaves it alone; the next run marks it."""
    stage, role = person.stage, person.stage.new_role()
    stage.tag(role.rpartition("/")[2], "group=oncall")
    username = f"eks-registrar:123456789012:role/{role.rpartition('/')[2]}:{{{{SessionName}}}}"
    stage.enter(role, username=username, kubernetesGroups=["oncall"])
    before = entry(stage, role)
    assert stage.settle({"registrar": "sweep", "account": "123456789012"}).outcomes[0].complete
    assert entry(stage, role) == before
    status, said = person.says("--apply", role)
    assert status == 0, said
    assert "eks-registrar/role-id" in entry(stage, role)["tags"]  # type: ignore[operator]
    assert person.nothing_is_left_to_do()


def test_access_policies_grow_before_the_update_and_shrink_after_it(person: Adopter) -> None:
    """Wider in one place and narrower in another has to be accepted as both; then it is what the tags say."""
    stage, role = person.stage, person.stage.new_role()
    here, there = stage.namespace(), stage.namespace()
    stage.enter(role, kubernetesGroups=["oncall"])
    stage.associate(role, VIEW, here)
    stage.associate(role, ADMIN, here)
    stage.tag(role.rpartition("/")[2], f"group=oncall policy=AmazonEKSViewPolicy@{there}")
    found = person.finds(role)[role]
    gone = [f"policy=AmazonEKSAdminPolicy@{here}", f"policy=AmazonEKSViewPolicy@{here}"]
    assert (found["gains"], found["losses"]) == ([f"policy=AmazonEKSViewPolicy@{there}"], gone)
    assert person.says("--apply", role, "--accept", "narrower")[0] == 3
    assert policies(stage, role) == {"AmazonEKSAdminPolicy": [here], "AmazonEKSViewPolicy": [here]}
    assert person.says("--apply", role, "--accept", "narrower", "--accept", "wider")[0] == 0
    assert policies(stage, role) == {"AmazonEKSViewPolicy": [there]}
    assert person.nothing_is_left_to_do()


def test_a_policy_is_there_before_the_group_goes(person: Adopter) -> None:
    """What the tags give in another way than the entry did: who sends requests all the while is never refused."""
    stage, role, group, team = person.stage, person.stage.new_role(), a_name("devs"), person.stage.namespace()
    person.bound(group, team, what="--clusterrole=view")
    stage.enter(role, kubernetesGroups=[group])
    stage.tag(role.rpartition("/")[2], f"policy=AmazonEKSViewPolicy@{team}")
    with asking(stage, role, "get", "pods", "-n", team) as client:
        status, said = person.says("--apply", role, "--accept", "narrower", "--accept", "wider")
    assert status == 0, said
    assert client.requests
    assert client.refusals == []
    assert entry(stage, role)["kubernetesGroups"] == []
    assert policies(stage, role) == {"AmazonEKSViewPolicy": [team]}


def test_the_way_back_of_an_entry(person: Adopter) -> None:
    """Without our marks it is foreign again, then it has its old name and groups: two printed commands."""
    stage, role = person.stage, person.stage.new_role()
    stage.enter(role, username="dev:{{SessionName}}", kubernetesGroups=["oncall"])
    stage.tag(role.rpartition("/")[2], "group=oncall")
    before = entry(stage, role)
    status, said = person.says("--apply", role)
    assert status == 0, said
    steps = [line.strip() for line in said.splitlines() if line.startswith("    aws eks ")]
    for step in steps:
        person.runs_in_a_shell(step)
    after = entry(stage, role)
    assert {**after, "modifiedAt": None} == {**before, "modifiedAt": None}
    [file] = person.folder.iterdir()
    assert json.loads(file.read_text())["username"] == "dev:{{SessionName}}"


def test_what_is_no_persons_or_honours_nobody_is_not_adoptable(person: Adopter) -> None:
    """A node's entry, a user's, one whose role was made again, a pattern of namespaces."""
    stage, dead, wild = person.stage, person.stage.new_role(), person.stage.new_role()
    stage.enter(dead, kubernetesGroups=["oncall"])
    name = dead.rpartition("/")[2]
    stage.iam.delete_role(RoleName=name)
    stage.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(AWS="123456789012"))
    stage.enter(wild)
    stage.associate(wild, VIEW, "team-*")
    reasons = {arn: one["reasons"] for arn, one in person.finds().items()}
    assert reasons[arn_of("lab-node-role")] == ["it is a node's: an access entry of type EC2_LINUX"]
    assert "an IAM user" in reasons["arn:aws:iam::123456789012:user/administrator"][0]
    assert "it is dead" in reasons[dead][0]
    assert "not a pattern of them" in reasons[wild][0]


def test_a_cluster_without_kubernetes_calls_is_compared_by_names(
    person: Adopter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No kubectl at all: groups are kept, and equal is what has the same groups and access policies."""
    stage, role, team = person.stage, person.stage.new_role(), person.stage.namespace()
    stage.enter(role, username="dev:{{SessionName}}", kubernetesGroups=["oncall"])
    stage.associate(role, VIEW, team)
    other = tmp_path / "registrar.yaml"
    text = stage.lab.configuration.read_text().replace("mode: enforce", "mode: enforce, kubernetes: none")
    other.write_text(text.replace('allow: [view, "view@*", "edit@*", "group=oncall"]', 'allow: ["group=oncall"]'))
    monkeypatch.setenv("REGISTRAR_CONFIG", str(other))
    found = person.finds("--kubectl", "/nowhere/kubectl", role)[role]
    assert (found["verdict"], found["asked"]) == ("equal", 0)
    assert found["grants"] == ["group=oncall", f"policy=AmazonEKSViewPolicy@{team}"]
    for line in found["tagCommands"]:
        person.runs(line)
    status, said = person.says("--kubectl", "/nowhere/kubectl", "--apply", role)
    assert status == 0, said
    assert entry(stage, role)["kubernetesGroups"] == ["oncall"]
    assert eventually(lambda: stage.as_role(role, "get", "pods", "-n", team).returncode == 0)
