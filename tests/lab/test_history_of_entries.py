"""Access entries are kept by each sweep, and the commands that `restore` prints bring those of others back."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest
from entrance import VIEW, Entrance, aws_cli
from kept_history import OWN, command, empty, kept
from spied_eks import spy_on_eks
from stage import ACCOUNT, eventually, tagging

from lab.kubeconfig import aws_command
from lab.local_eks import LocalEks
from registrar.service import Settled

SWEEP = {"registrar": "sweep", "account": ACCOUNT}


@pytest.fixture(scope="module", params=["API", "API_AND_CONFIG_MAP"])
def entries_eks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of each mode that has access entries, in which events reach nobody but who is told of them."""
    with LocalEks.start(tmp_path_factory.mktemp("kept"), with_function=False, mode=request.param) as lab:
        yield lab


@pytest.fixture
def entrance(entries_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """That lab with nothing kept yet; the caller is the administrator of cluster and account."""
    for key, value in entries_eks.environment().items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("KUBECONFIG", str(entries_eks.admin_kubeconfig))
    entries_eks.reset()
    for number in range(10):
        empty(entries_eks, f"history-{number}")
    entrance = Entrance(entries_eks)
    entrance.untag_everybody()
    return entrance


def swept(entrance: Entrance) -> Settled:
    """A whole sweep."""
    settled = entrance.settle(SWEEP)
    assert settled.outcomes[0].complete, settled.outcomes[0]
    return settled


def run(entrance: Entrance, said: str) -> None:
    """The commands that were printed, as the account's administrator runs them."""
    lines = [line.strip() for line in said.splitlines() if line.startswith("  aws eks ")]
    assert lines
    for line in lines:
        script = line.replace("aws ", f"{aws_command()} ", 1)
        environment = entrance.lab.environment() | {"AWS_PAGER": ""}
        done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stderr)


def test_an_entry_that_somebody_deleted_is_brought_back_by_the_printed_commands(entrance: Entrance) -> None:
    """With its username, groups, tags and access policies: its own kubectl gets in again."""
    role = entrance.new_role()
    entrance.enter(role, username="by-hand:{{SessionName}}", kubernetesGroups=["by-hand", "ops"], tags={"team": "a b"})
    entrance.associate(role, VIEW, "default", "kube-system")
    name = role.rpartition("/")[2]
    before, policies = entrance.entry(name), entrance.policies(name)
    swept(entrance)
    entrance.leave(role)
    assert eventually(lambda: entrance.who(name) is None)
    status, said = command(entrance, "restore", str(kept(entrance)[0]["number"]), "--cluster", "lab", "--yes")
    assert status == 0, said
    assert f"aws eks create-access-entry --cluster-name lab --region us-east-1 --principal-arn {role}" in said
    run(entrance, said)
    after = entrance.entry(name)
    assert before is not None
    assert after is not None
    for key in ("principalArn", "type", "username", "kubernetesGroups", "tags"):
        assert after[key] == before[key]
    assert entrance.policies(name) == policies
    assert eventually(lambda: entrance.who(name))
    assert entrance.eventually_allowed(name, "get", "pods", "-n", "default")
    status, said = command(entrance, "restore", str(kept(entrance)[0]["number"]), "--yes")
    assert "no access entry of others that stood in body" in said


def test_an_entry_that_somebody_changed_is_brought_back(entrance: Entrance) -> None:
    """Username, groups, and an access policy in other namespaces; one that came since goes."""
    role = entrance.new_role()
    name = role.rpartition("/")[2]
    entrance.enter(role, username="ops:{{SessionName}}", kubernetesGroups=["ops"])
    entrance.associate(role, VIEW, "default")
    swept(entrance)
    before, policies = entrance.entry(name), entrance.policies(name)
    number = str(kept(entrance)[0]["number"])
    entrance.eks.update_access_entry(clusterName="lab", principalArn=role, username="x", kubernetesGroups=[])
    entrance.associate(role, VIEW)
    entrance.associate(role, VIEW.replace("View", "Admin"))
    status, said = command(entrance, "restore", number, "--yes")
    assert status == 0, said
    assert '"username":"x"' in said
    run(entrance, said)
    after = entrance.entry(name)
    assert before is not None
    assert after is not None
    assert [after[key] for key in ("username", "kubernetesGroups")] == [
        before[key] for key in ("username", "kubernetesGroups")
    ]
    assert entrance.policies(name) == policies


def test_what_came_since_stays_and_what_is_ours_is_the_sweeps(entrance: Entrance) -> None:
    """No command for either; and an entry that a restore never touched is as it was."""
    ours = entrance.role("view")
    entrance.settle(tagging(ours))
    stays = entrance.new_role()
    entrance.enter(stays)
    swept(entrance)
    number = str(kept(entrance)[0]["number"])
    entrance.untag(ours)
    swept(entrance)
    since = entrance.new_role()
    entrance.enter(since)
    status, said = command(entrance, "restore", number, "--yes")
    assert status == 0, said
    assert f"1 access entries of others have come since and stay: {since}" in said
    assert "  aws eks" not in said


def test_a_record_is_kept_only_when_something_of_others_has_changed(entrance: Entrance) -> None:
    """Ours come and go; the note says what the sweep did."""
    swept(entrance)
    first = len(kept(entrance))
    role = entrance.role("view")
    entrance.settle(tagging(role))
    assert swept(entrance).results[0].written is False
    assert len(kept(entrance)) == first
    entrance.enter(entrance.new_role())
    entrance.untag(role)
    swept(entrance)
    newest = kept(entrance)[0]
    assert newest["before"] == f"removes {role}"
    assert newest["asNow"] is True
    assert newest["ourEntries"] == 1
    entries = [json.loads(line.rstrip(",")) for line in shown(entrance, newest["number"]).splitlines()[1:-1]]
    assert {"arn": entrance.arn(role), "ours": True, "groups": ["eks-registrar:view"]} in entries


def shown(entrance: Entrance, number: int) -> str:
    """The access entries of one body, as they are kept."""
    status, said = command(entrance, "history", "--show", str(number), "--output", "json")
    assert status == 0, said
    return str(json.loads(said)["data"]["accessEntries"])


def test_an_access_policy_of_another_is_in_the_record(entrance: Entrance) -> None:
    """Nothing else of the entry changes by it, so it is read by every sweep: one call for each."""
    role = entrance.new_role()
    entrance.enter(role)
    swept(entrance)
    entrance.associate(role, VIEW, "default")
    swept(entrance)
    assert '"policies":["AmazonEKSViewPolicy@default"]' in shown(entrance, kept(entrance)[0]["number"])


def test_the_record_costs_one_call_for_each_standard_entry_of_others_and_an_event_none(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what a sweep reads anyway."""
    entrance.enter(entrance.new_role())
    role = entrance.role("view")
    seen = spy_on_eks(monkeypatch)
    swept(entrance)
    arns = entrance.eks.list_access_entries(clusterName="lab")["accessEntries"]
    kinds = Counter(
        entrance.eks.describe_access_entry(clusterName="lab", principalArn=arn)["accessEntry"]["type"] for arn in arns
    )
    seen.clear()
    swept(entrance)
    assert Counter(seen)["ListAssociatedAccessPolicies"] == kinds["STANDARD"]
    entrance.untag(role)
    before = kept(entrance)
    entrance.enter(entrance.new_role())
    seen.clear()
    entrance.settle(tagging(role))
    assert Counter(seen)["ListAccessEntries"] == 0
    assert [one["number"] for one in kept(entrance)] == [one["number"] for one in before]


def test_a_history_that_cannot_be_written_hinders_no_sweep(
    entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes on, and the log says what to do."""
    role = entrance.role("view")
    made = entrance.lab.api.request("GET", f"{OWN}/history-0").body
    entrance.lab.kubectl("delete", "configmap", "history-0", "-n", "eks-registrar")
    try:
        settled = swept(entrance)
    finally:
        clean = {key: made["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
        entrance.lab.api.request("POST", OWN, {"metadata": clean})
    assert settled.results[0].written
    assert entrance.entry(role)
    assert "the history does not keep what stands before this write, which goes on" in caplog.text


def test_a_person_who_may_read_no_entries_restores_aws_auth_all_the_same(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stood is shown; what is to be done about the entries is not known."""
    entrance.enter(entrance.new_role())
    swept(entrance)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    status, said = command(entrance, "restore", str(1), "--yes")
    assert status == 0, said
    assert "could not be read with your AWS identity" in said


def test_both_are_in_one_body_where_the_cluster_reads_both(entrance: Entrance) -> None:
    """And where it has no aws-auth, the entries alone."""
    swept(entrance)
    _, said = command(entrance, "history", "--show", "1", "--output", "json")
    both = entrance.lab.mode == "API_AND_CONFIG_MAP"
    assert ("mapRoles" in json.loads(said)["data"]) is both
    _, table = command(entrance, "history")
    assert "OTHERS' ENTRIES" in table
    assert ("THERE IS NONE" in table) is False


def test_the_aws_cli_is_that_of_the_lab(entrance: Entrance) -> None:
    """What ``run`` runs is the real one."""
    assert aws_cli(entrance.lab.environment(), "list-access-entries", "--cluster-name", "lab").returncode == 0
