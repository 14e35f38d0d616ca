"""`eks-registrar adopt` on rows of aws-auth: under the tags, with the rights they had, and not one request refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from adopting import Adopter, adopter, arn_of, asking, meddling, row_by_hand
from stage import TAG, Stage, a_name, event, eventually

from registrar import cli


@pytest.fixture
def person(unasked: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Adopter:
    """The administrator of the quiet lab."""
    return adopter(unasked, monkeypatch, tmp_path)


def test_a_row_is_adopted_while_its_role_sends_requests(person: Adopter) -> None:
    """What is printed is run; then one write, equal rights, nobody refused, and nothing is left for the registrar."""
    stage, role, group, team = person.stage, person.stage.role(), a_name("devs"), person.stage.namespace()
    person.bound(group, team)
    person.mapped_by_hand(row_by_hand(role, group))
    before, versions = stage.data(), person.version()
    found = person.finds(arn_of(role))[arn_of(role)]
    assert (found["verdict"], found["forecast"], found["grants"]) == ("equal", True, [f"edit@{team}"])
    assert (found["rule"], found["tagsStand"], person.version()) == ("", False, versions)
    with asking(stage, role, "get", "configmaps", "-n", team) as client:
        for line in found["tagCommands"]:
            person.runs(line)
        status, said = person.says("--apply", arn_of(role))
    assert status == 0, said
    assert client.requests
    assert client.refusals == []
    cut = row_by_hand(role, group).partition("\n")[2]
    assert stage.foreign() == before | {"mapRoles": before["mapRoles"].replace(cut, "")}
    assert stage.row(role)
    assert person.nothing_is_left_to_do()
    assert eventually(lambda: f"eks-registrar:edit@{team}" in (stage.who(role) or {"groups": []})["groups"])
    assert stage.as_role(role, "create", "configmap", "x", "-n", team).returncode == 0
    stage.untag(role)
    stage.settle(event("UntagRole", role, tagKeys=[TAG]))
    assert stage.row(role) is None


def test_it_can_be_repeated(person: Adopter) -> None:
    """What is under the tags already is left alone, and that is no error."""
    role, group = person.stage.role("group=oncall"), "oncall"
    person.mapped_by_hand(row_by_hand(role, group))
    assert person.says("--apply", arn_of(role))[0] == 0
    before = person.version()
    assert person.says("--apply", arn_of(role)) == (
        0, f"{arn_of(role)}: under the tags already\nlab: 0 adopted, 0 not done\n",
    )  # fmt: skip
    assert person.version() == before


def test_a_row_of_a_flow_list_goes_from_between_its_commas(person: Adopter) -> None:
    """As the CDK writes aws-auth: the other rows are the same bytes, and ours stands before them."""
    stage, role = person.stage, person.stage.role("group=oncall")
    masters = {"rolearn": arn_of("platform-admin"), "username": "admin:{{SessionName}}", "groups": ["system:masters"]}
    own = {
        "rolearn": arn_of("eks-registrar"),
        "username": "eks-registrar-controller:{{SessionName}}",
        "groups": ["eks-registrar-controller"],
    }
    mine = {"rolearn": arn_of(role), "username": "x:{{SessionName}}", "groups": ["oncall"]}
    first, second, third = (json.dumps(one, separators=(",", ":")) for one in (masters, mine, own))
    stage.patch_map_roles(f"[{first},{second},{third}]")
    status, said = person.says("--apply", arn_of(role))
    assert status == 0, said
    opening, line, rest = stage.data()["mapRoles"].split("\n")
    assert (opening, rest) == ("[", f"{first},{third}]")
    assert line.startswith(f'{{"rolearn": "{arn_of(role)}", "username": "eks-registrar:')
    assert person.nothing_is_left_to_do()


def test_a_username_that_a_binding_names_cannot_be_adopted(person: Adopter) -> None:
    """Its right would go with the name, and nothing is written although the tags stand."""
    role, team, user = person.stage.role("group=oncall"), person.stage.namespace(), a_name("bob")
    person.bound(a_name("his"), team, who=f"--user={user}:s-1")
    person.mapped_by_hand(row_by_hand(role, "oncall", username=f"{user}:{{{{SessionName}}}}"))
    before = person.stage.data()
    found = person.finds(arn_of(role))[arn_of(role)]
    assert (found["verdict"], f"names the user {user}" in found["reasons"][0]) == ("not adoptable", True)
    status, said = person.says("--apply", arn_of(role))
    assert (status, "bind a group in its place" in said) == (1, True)
    assert person.stage.data() == before


def test_rights_that_are_not_equal_stop_it_until_they_are_accepted(person: Adopter) -> None:
    """The tags give less than the row, or more, or both, and the words say what."""
    stage, role, group, team = person.stage, person.stage.role("group=oncall"), a_name("devs"), person.stage.namespace()
    for name, verb, resources in (("all", "get", "pods,secrets"), ("some", "get", "pods"), ("other", "create", "pods")):
        stage.lab.kubectl("create", "role", name, "-n", team, f"--verb={verb}", f"--resource={resources}")
    person.bound(group, team, what="--role=all")
    person.bound("some", team, what="--role=some", who="--group=oncall")
    person.mapped_by_hand(row_by_hand(role, group))
    before = stage.data()
    found = person.finds(arn_of(role))[arn_of(role)]
    assert (found["verdict"], found["losses"], found["gains"]) == ("narrower", [f"get secrets in {team}"], [])

    person.bound("other", team, what="--role=other", who="--group=oncall")
    found = person.finds(arn_of(role))[arn_of(role)]
    assert (found["verdict"], found["gains"]) == ("wider and narrower", [f"create pods in {team}"])
    assert person.says("--apply", arn_of(role))[0] == 3
    status, said = person.says("--apply", arn_of(role), "--accept", "wider")
    assert (status, f"It would lose get secrets in {team}. Nothing was changed" in said) == (3, True)
    assert stage.data() == before

    person.bound("all", team, what="--role=all", who="--group=oncall")
    assert person.finds(arn_of(role))[arn_of(role)]["verdict"] == "wider"
    status, said = person.says("--apply", arn_of(role), "--accept", "wider")
    assert (status, "adopted; its rights are wider" in said) == (0, True)
    assert eventually(lambda: "oncall" in (stage.who(role) or {"groups": []})["groups"])


def test_without_tags_it_says_the_exact_line(person: Adopter) -> None:
    """And of all that stands by hand it adopts those alone whose tags stand."""
    tagged, untagged = person.stage.role("group=oncall"), person.stage.role()
    person.mapped_by_hand(row_by_hand(tagged, "oncall"), row_by_hand(untagged, "oncall"))
    line = f"aws iam tag-role --role-name {untagged} --tags 'Key=eks-registrar/lab,Value=group=oncall'"
    status, said = person.says("--apply", arn_of(untagged))
    assert (status, line in said) == (1, True)
    assert person.stage.rows() == []
    assert person.says("--apply")[0] == 2
    assert (person.stage.row(tagged) is None, person.stage.row(untagged)) == (False, None)


def test_a_group_that_no_cluster_role_can_say_is_kept(person: Adopter) -> None:
    """One that is bound to a Role; and system:masters is cluster-admin, which is not quite the same."""
    role, masters, group, team = person.stage.role(), person.stage.role(), a_name("devs"), person.stage.namespace()
    person.stage.lab.kubectl("create", "role", group, "-n", team, "--verb=get", "--resource=pods")
    person.bound(group, team, what=f"--role={group}")
    person.mapped_by_hand(row_by_hand(role, group), row_by_hand(masters, "system:masters"))
    found = person.finds()
    kept, admin = found[arn_of(role)], found[arn_of(masters)]
    assert (kept["verdict"], kept["forecast"], kept["grants"]) == ("equal", False, [f"group={group}"])
    assert f'allow: ["group={group}"]' in kept["rule"]
    assert (admin["verdict"], admin["grants"]) == ("narrower", ["cluster-admin"])
    assert "privileged: true" in admin["rule"]
    assert found[arn_of("lab-node-role")]["reasons"] == ["it is a node's: group system:bootstrappers"]
    assert found[arn_of("eks-registrar")]["reasons"] == ["it is the registrar's own way in"]


def test_a_role_of_identity_center_is_adopted_by_its_rule(person: Adopter) -> None:
    """It cannot be tagged, and its name changes with every provisioning: what its permission set is given counts."""
    stage, group = person.stage, a_name("audit")
    role = stage.lab.aws.create_permission_set_role("Auditors").rpartition("/")[2]
    stage.lab.kubectl("create", "clusterrolebinding", group, "--clusterrole=view", f"--group={group}")
    person.mapped_by_hand(row_by_hand(role, group))
    found = person.finds(arn_of(role))[arn_of(role)]
    assert (found["verdict"], found["tagsStand"], found["tagCommands"], found["rule"]) == ("equal", True, [], "")
    assert person.says("--apply", arn_of(role))[0] == 0
    assert stage.row(role)
    assert person.nothing_is_left_to_do()
    stage.lab.aws.delete_permission_set_role(role)


def test_the_way_back_is_the_row_as_it_was(person: Adopter) -> None:
    """The printed `restore` puts it behind ours, where it counts, and the sweep takes ours away."""
    stage, role = person.stage, person.stage.role("group=oncall")
    person.mapped_by_hand(row_by_hand(role, "oncall"))
    before = stage.data()
    _, said = person.says("--apply", arn_of(role))
    [file] = person.folder.iterdir()
    assert json.loads(file.read_text())["row"] == row_by_hand(role, "oncall").partition("\n")[2]
    [line] = [one.split() for one in said.splitlines() if one.startswith("    eks-registrar restore")]
    kubectl = ("--kubectl", str(stage.lab.kubectl_path))
    assert cli.main([*line[1:], "--yes", *kubectl]) == 0
    assert stage.foreign() == before
    assert stage.settle({"registrar": "sweep", "account": "123456789012"}).outcomes[0].complete
    assert stage.data() == before


def test_somebody_who_writes_all_the_while_loses_nothing(person: Adopter) -> None:
    """Each write is under the version that was read; after a conflict it is read again."""
    stage, role = person.stage, person.stage.role("group=oncall")
    person.mapped_by_hand(row_by_hand(role, "oncall"))
    with meddling(stage) as written:
        status, said = person.says("--apply", arn_of(role))
    assert status == 0, said
    assert stage.row(role)
    assert written
    assert stage.data()["theirs"] == written[-1]


def test_rules_that_the_cluster_does_not_have_yet_stop_it(
    person: Adopter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a row that the admission policy does not know, the registrar could write nothing more."""
    role = person.stage.role("group=elite")
    person.mapped_by_hand(row_by_hand(role, "elite"))
    other = tmp_path / "registrar.yaml"
    other.write_text(person.stage.lab.configuration.read_text().replace("group=oncall", "group=elite"))
    monkeypatch.setenv("REGISTRAR_CONFIG", str(other))
    status, said = person.says("--apply", arn_of(role))
    assert (status, "eks-registrar manifests --cluster lab | kubectl apply" in said) == (1, True)
    assert person.stage.rows() == []


def test_another_cluster_than_that_of_the_context_is_not_looked_at(person: Adopter, tmp_path: Path) -> None:
    """Unless the context is named: a tunnel has an address of its own."""
    elsewhere = tmp_path / "kubeconfig"
    text = person.stage.lab.admin_kubeconfig.read_text()
    elsewhere.write_text(text.replace("https://127.0.0.1", "https://localhost"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(elsewhere))
        status, said = person.says()
        assert (status, "is not cluster lab, which EKS says is at https://127.0.0.1" in said) == (1, True)
        assert person.says("--context", "lab")[0] == 0
