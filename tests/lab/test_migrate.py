"""`eks-registrar migrate`: rows become access entries, and nobody is refused a single request meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from entrance import ACCOUNT, change_mode
from moving import NODES, Mover, People, put_rows, role_of
from stage import eventually, trusting

from lab.local_eks import LocalEks
from registrar.eks.access_entries import EntriesApi
from registrar.migration.kubectl_door import KubectlDoor
from registrar.migration.model import BRIDGE
from registrar.migration.way_back import WayBack

ALL = ("--foreign", "--cluster-admin-policy")
MASTERS = "system:masters"


@pytest.fixture(scope="module")
def both_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API_AND_CONFIG_MAP, in which events reach nobody."""
    folder = tmp_path_factory.mktemp("migrating")
    with LocalEks.start(folder, with_function=False, mode="API_AND_CONFIG_MAP") as lab:
        yield lab


@pytest.fixture
def both(
    both_eks: LocalEks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Mover:
    """An administrator of that lab as on its first day."""
    both_eks.reset()
    return Mover.at(both_eks, monkeypatch, capsys, tmp_path / "way-back")


def test_a_cluster_moves_from_the_first_mode_to_the_last_and_nobody_is_refused(
    lab_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Planned in CONFIG_MAP, moved in API_AND_CONFIG_MAP; in API who moved gets in, and who could not is out."""
    with LocalEks.start(lab_folder, with_function=False) as lab:
        mover = Mover.at(lab, monkeypatch, capsys, tmp_path / "way-back")
        entrance, people = mover.entrance, People.move_in(mover.entrance)
        entrance.role(name=NODES.rpartition("/")[2], trust=trusting(Service="ec2.amazonaws.com"))
        before = {person.arn: person.who() for person in people.requests()}
        aws_auth = entrance.data()

        status, plan = mover.json(*ALL)
        assert (status, plan["mode"]) == (2, "CONFIG_MAP")
        assert {people.developer.arn, people.administrator.arn, people.user.arn} <= set(plan["toMake"])
        status, said = mover.says(*ALL, "--apply")
        assert (status, "NOTHING WRITTEN: the mode CONFIG_MAP has no access entries" in said) == (3, True)
        assert "--access-config authenticationMode=API_AND_CONFIG_MAP" in said

        change_mode(entrance, "API_AND_CONFIG_MAP")
        with people.asking() as asked:
            status, moved = mover.json(*ALL, "--apply", "--remove-rows")
        assert (moved["errors"], asked.refusals, status) == ([], [], 0), moved["errors"]
        assert all(asked.counts[person.arn] > 1 for person in people.requests())
        moved_people = (people.developer, people.administrator, people.user)
        rows = "".join(entrance.data().values())
        assert not any(person.arn.rpartition("/")[2] in rows for person in moved_people)
        assert "# their lead asked for it" in rows
        assert entrance.data()["mapAccounts"] == aws_auth["mapAccounts"]
        assert mover.says(*ALL, "--apply", "--remove-rows")[0] == 0

        after = {person.arn: person.who() for person in people.requests()}
        assert after == before | {people.administrator.arn: ("ops", ["system:authenticated"])}
        predicted = [one["who"] for one in moved["shutOutByApi"]]
        assert predicted == [NODES, "account 111122223333", f"account {ACCOUNT}"]
        change_mode(entrance, "API")
        assert [people.refused(person) for person in moved_people] == [None, None, None]
        assert people.administrator.asks("auth", "can-i", "*", "*").returncode == 0
        assert eventually(lambda: people.guest.who() is None)


def test_an_administrator_is_bridged_until_the_policy_counts(both: Mover, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry counts before its policy can come: not one refusal meanwhile, and nothing of the bridge is left."""
    people, associate = People.move_in(both.entrance), EntriesApi.associate

    def late(api: EntriesApi, arn: str, policy: str, namespaces: Sequence[str]) -> None:
        assert eventually(lambda: MASTERS not in (people.administrator.who() or ("", [MASTERS]))[1])
        assert people.refused(people.administrator) is None
        associate(api, arn, policy, namespaces)

    monkeypatch.setattr(EntriesApi, "associate", late)
    with people.asking() as asked:
        status, moved = both.json(people.administrator.arn, "--cluster-admin-policy", "--apply")
    assert (status, moved["errors"], asked.refusals, moved["bridge"]) == (0, [], [], False)
    assert both.entrance.lab.kubectl("get", "clusterrolebinding", BRIDGE, check=False).returncode == 1
    assert people.administrator.who() == ("ops", ["system:authenticated"])


def test_what_is_made_is_the_callers_and_not_ours(both: Mover) -> None:
    """An entry without a tag: the registrar takes it for a foreign one, and lets it be."""
    people = People.move_in(both.entrance)
    assert both.json(people.developer.arn, "--apply")[0] == 0
    made = both.entrance.entry(people.developer.arn.rpartition("/")[2])
    assert made is not None
    assert (made["principalArn"], made["tags"], made["type"]) == (people.developer.arn, {}, "STANDARD")
    assert made["username"] == "dev:{{SessionName}}"


class Killed(BaseException):
    """As if the process ended there: nothing catches it."""


# In the order in which a run comes to them; each is reached by the run that finishes what the one before left.
STEPS = (
    (WayBack, "entry_made"),
    (EntriesApi, "associate"),
    (EntriesApi, "update"),
    (KubectlDoor, "remove_bridge"),
    (KubectlDoor, "write"),
    (WayBack, "rows_removed"),
)


def test_a_run_that_broke_off_anywhere_is_healed_by_running_it_again(both: Mover) -> None:
    """One run after the other is killed a step further on; nobody is refused, and the last one has little to do."""
    people = People.move_in(both.entrance)
    arn, asked_for = people.administrator.arn, ("--cluster-admin-policy", "--apply", "--remove-rows")
    with people.asking() as asked:
        for place, step in STEPS:
            with pytest.MonkeyPatch.context() as killer:
                killer.setattr(place, step, killed)
                with pytest.raises(Killed):
                    both.says(arn, *asked_for)
        status, healed = both.json(arn, *asked_for)
    assert (healed["errors"], asked.refusals, status, healed["done"]) == ([], [], 0, [])
    assert people.administrator.who() == ("ops", ["system:authenticated"])
    assert both.entrance.policies(arn.rpartition("/")[2]) == {"AmazonEKSClusterAdminPolicy": []}
    assert arn not in both.entrance.data()["mapRoles"]
    assert both.entrance.lab.kubectl("get", "clusterrolebinding", BRIDGE, check=False).returncode == 1


def killed(*_: object) -> None:
    """Instead of what was to be done."""
    raise Killed


def test_the_way_back_is_two_scripts(both: Mover) -> None:
    """First the rows as they were, byte by byte, then the entries; not one refusal on the way, and nothing is left."""
    people, entrance = People.move_in(both.entrance), both.entrance
    before, who = entrance.data(), {person.arn: person.who() for person in people.requests()}
    status, _ = both.json(*ALL, "--apply", "--remove-rows")
    assert (status, entrance.data() != before) == (0, True)
    rows = both.runs("1-rows-back.sh")
    assert rows.returncode == 0, rows.stderr
    assert entrance.data() == before
    entries = both.runs("2-entries-away.sh")
    assert entries.returncode == 0, entries.stderr
    assert eventually(lambda: {person.arn: person.who() for person in people.requests()} == who)
    assert entrance.entry(people.developer.arn.rpartition("/")[2]) is None


def test_the_way_back_never_writes_over_what_came_since(both: Mover) -> None:
    """Somebody changed aws-auth after the rows were taken out: kubectl refuses the old body."""
    people = People.move_in(both.entrance)
    assert both.json(people.user.arn, "--apply", "--remove-rows")[0] == 0
    put_rows(both.entrance, mapRoles="# a line of somebody else\n")
    now = both.entrance.data()
    assert "Conflict" in both.runs("1-rows-back.sh").stderr
    assert both.entrance.data() == now


def test_rows_of_the_first_day_are_judged_by_the_entries_that_stand(both: Mover) -> None:
    """Nodes have theirs, the registrar has its own, and the administrators' differ and are left alone."""
    status, plan = both.json(*ALL)
    states = {row["principal"].rpartition("/")[2]: row["state"] for row in plan["rows"]}
    assert states == {
        "lab-node-role": "done",
        "platform-admin": "different",
        "eks-registrar": "done",
        "administrator": "different",
        "ci-legacy": "nobody",
    }
    assert status == 0
    assert [one["who"] for one in plan["shutOutByApi"]] == ["account 111122223333"]


def test_a_role_made_anew_has_a_dead_entry(both: Mover) -> None:
    """It gets in by its row alone: it would be shut out, its entry is left alone, and its row never goes."""
    person = role_of(both.entrance)
    name = person.arn.rpartition("/")[2]
    both.entrance.enter(person.arn, username="x:{{SessionName}}", kubernetesGroups=["g"])
    put_rows(both.entrance, mapRoles=f"- {{rolearn: {person.arn}, username: 'x:{{{{SessionName}}}}', groups: [g]}}\n")
    both.entrance.iam.delete_role(RoleName=name)
    both.entrance.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(AWS=ACCOUNT))
    status, plan = both.json(person.arn, "--apply", "--remove-rows")
    [row] = [row for row in plan["rows"] if row["principal"] == person.arn]
    assert (status, row["state"]) == (0, "dead")
    assert person.arn in [one["who"] for one in plan["shutOutByApi"]]
    assert person.arn in both.entrance.data()["mapRoles"]


def test_rows_of_the_registrar_are_left_to_it(both: Mover) -> None:
    """They are listed, and counted among those whom the last mode would shut out until their entries stand."""
    role = both.entrance.role("view")
    line = {
        "rolearn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "username": f"eks-registrar:{ACCOUNT}:role/{role}:{{{{SessionName}}}}",
        "groups": ["eks-registrar:view"],
    }
    both.entrance.patch_map_roles(f"- {json.dumps(line)}\n{both.entrance.data()['mapRoles']}")
    status, plan = both.json(*ALL, "--apply", "--remove-rows")
    [row] = [row for row in plan["rows"] if row["principal"].endswith(role)]
    assert (status, row["state"], both.entrance.row(role) is not None) == (0, "ours", True)
    assert line["rolearn"] in [one["who"] for one in plan["shutOutByApi"]]


def test_another_clusters_kubeconfig_is_refused(both: Mover, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The rows of one cluster must not become the entries of another."""
    other = tmp_path / "other.yaml"
    text = both.entrance.lab.admin_kubeconfig.read_text()
    other.write_text(text.replace(both.entrance.lab.endpoint, "https://127.0.0.1:1"))
    monkeypatch.setenv("KUBECONFIG", str(other))
    status, said = both.says(*ALL, "--apply")
    assert (status, "is not cluster lab" in said, "--trust-context" in said) == (1, True, True)


def test_an_arn_without_a_row_is_a_wrong_call(both: Mover) -> None:
    """Nothing is done for the others then either."""
    status, said = both.says(f"arn:aws:iam::{ACCOUNT}:role/nobody-knows", "--apply")
    assert (status, "neither a row nor an entry is for" in said) == (64, True)
