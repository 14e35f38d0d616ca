"""Doctor on a cluster whose access is written as access entries."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest
from clinic import Clinic, eks_that_says
from entrance import Entrance
from stage import tagging

from lab.aws.faults import Fault
from lab.local_eks import LocalEks
from lab.settings import CLUSTER, REGISTRAR_ROLE
from registrar.doctor import access_entries
from registrar.doctor.finding import Level


@pytest.fixture(scope="module")
def api_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API, in which events reach nobody."""
    with LocalEks.start(tmp_path_factory.mktemp("doctor"), with_function=False, mode="API") as lab:
        yield lab


@pytest.fixture
def api(api_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """That lab as on its first day, with its AWS as the one that boto3 finds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", api_eks.aws.endpoint_url)
    api_eks.reset()
    return Clinic(api_eks)


@pytest.mark.parametrize("registrar", [True, False], ids=["the registrar", "an administrator"])
def test_a_cluster_of_entries_in_which_all_is_well(api: Clinic, registrar: bool) -> None:
    """Its entries are counted, the registrar's own is there, and nobody misses an aws-auth."""
    entrance = Entrance(api.lab)
    name = entrance.role("view")
    entrance.settle(tagging(name))
    found = api.findings(registrar=registrar)
    of_cluster = {what: one for what, one in found.items() if one.where == "cluster lab"}
    expected = {"way in"} if not registrar else set()
    assert {what for what, one in of_cluster.items() if one.level is not Level.OK} == expected
    count = len(entrance.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"])
    assert of_cluster["access entries"].detail == f"{count} of the 3,000 that EKS allows, 1 of them ours"
    assert REGISTRAR_ROLE in of_cluster["own access entry"].detail
    assert "aws-auth" not in of_cluster


def test_the_registrars_own_entry_is_missing(api: Clinic) -> None:
    """The command that makes it is said."""
    own = f"arn:aws:iam::123456789012:role/{REGISTRAR_ROLE}"
    api.client("eks").delete_access_entry(clusterName=CLUSTER, principalArn=own)
    said = "no access entry has the group eks-registrar-controller: the registrar cannot get in"
    api.finds("own access entry", Level.FAIL, said, "aws eks create-access-entry --cluster-name lab")
    api.lab.reset()
    assert api.findings()["own access entry"].level is Level.OK


def test_entries_that_have_the_registrars_group_are_named(api: Clinic) -> None:
    """One of ours that somebody hides like this is out of every sweep's reach, and acts as the registrar."""
    entrance = Entrance(api.lab)
    name = entrance.role("view")
    entrance.settle(tagging(name))
    assert "entries with the registrar's group" not in api.findings()
    arn = f"arn:aws:iam::123456789012:role/{name}"
    groups = ["eks-registrar:view", "eks-registrar-controller"]
    api.client("eks").update_access_entry(clusterName=CLUSTER, principalArn=arn, kubernetesGroups=groups)
    what, marked = "entries with the registrar's group", f"{arn} (marked as one of ours)"
    api.finds(what, Level.WARN, marked, "no revocation, sweep or purge takes such an entry")
    both = api.findings()[what].detail
    assert "of which one at most" in both
    assert f"role/{REGISTRAR_ROLE}" in both
    own = f"arn:aws:iam::123456789012:role/{REGISTRAR_ROLE}"
    api.client("eks").delete_access_entry(clusterName=CLUSTER, principalArn=own)
    api.finds(what, Level.WARN, marked, "take the group out of it")


def test_dead_entries_of_others_are_named(api: Clinic) -> None:
    """Their roles are gone; ours the sweep heals by itself."""
    entrance = Entrance(api.lab)
    gone = entrance.new_role()
    entrance.enter(gone)
    entrance.iam.delete_role(RoleName=gone.rpartition("/")[2])
    api.finds("dead access entries", Level.WARN, f"{gone} any more: its role has gone", "aws eks delete-access-entry")


@pytest.mark.parametrize(("share", "level"), [(0.5, Level.OK), (0.8, Level.WARN), (1, Level.FAIL), (1.5, Level.WARN)])
def test_entries_near_to_what_eks_allows(
    api: Clinic, monkeypatch: pytest.MonkeyPatch, share: float, level: Level
) -> None:
    """In doubt from 80 % on, broken where nobody new gets in; above, AWS has raised the quota, nobody knows how far."""
    count = len(api.client("eks").list_access_entries(clusterName=CLUSTER)["accessEntries"])
    monkeypatch.setattr(access_entries, "MOST_ENTRIES", int(count / share))
    found = api.findings()["access entries"]
    assert found.level is level, found
    assert ("ask AWS for a higher quota" in found.remedy) is (level is not Level.OK)
    assert ("how many EKS allows here is not known" in found.detail) is (share > 1)


def test_entries_are_read_at_the_pace_that_eks_allows(api: Clinic) -> None:
    """Of thousands some calls are throttled: they are made again, and the count is whole."""
    count = len(api.client("eks").list_access_entries(clusterName=CLUSTER)["accessEntries"])
    api.lab.aws.let_fail(Fault("eks:DescribeAccessEntry", "ThrottlingException", 429, "slow down", 2))
    api.finds("access entries", Level.OK, f"{count} of the 3,000 that EKS allows", "")


def test_a_cluster_that_reads_both_needs_no_aws_auth(api: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries are written; with the backend set by hand to aws-auth it is missing."""
    eks_that_says(monkeypatch, authentication_mode="API_AND_CONFIG_MAP")
    assert api.findings()["aws-auth"].level is Level.OK
    cluster = dataclasses.replace(api.policy.clusters[0], backend="aws-auth")
    by_rows = dataclasses.replace(api.policy, clusters=(cluster,))
    api.finds("aws-auth", Level.FAIL, "kube-system has no ConfigMap aws-auth", "--create-aws-auth", policy=by_rows)
    assert "none of them ours" in api.findings(policy=by_rows)["access entries"].detail


def test_entries_of_ours_that_were_left_beside_rows_are_named(api: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """They win until two sweeps have removed them; in a cluster that is only observed nobody does."""
    entrance = Entrance(api.lab)
    name = entrance.role("view")
    entrance.settle(tagging(name))
    eks_that_says(monkeypatch, authentication_mode="API_AND_CONFIG_MAP")
    cluster = dataclasses.replace(api.policy.clusters[0], backend="aws-auth")
    by_rows = dataclasses.replace(api.policy, clusters=(cluster,))
    assert api.findings(policy=by_rows)["authentication mode"].level is Level.OK
    said = f"are ours, and win over rows: arn:aws:iam::123456789012:role/{name}"
    api.finds("access entries", Level.WARN, said, "two sweeps remove them", policy=by_rows)
    observed = dataclasses.replace(by_rows, clusters=(dataclasses.replace(cluster, mode="observe"),))
    api.finds("access entries", Level.WARN, said, "mode observe", policy=observed)


def test_with_kubernetes_none_no_check_calls_the_cluster(api: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its endpoint is out of reach, and nothing is found to be wrong with that."""
    eks_that_says(monkeypatch, url="https://127.0.0.1:9")
    cluster = dataclasses.replace(api.policy.clusters[0], kubernetes="none")
    policy = dataclasses.replace(api.policy, clusters=(cluster,))
    found = api.findings(policy=policy)
    of_cluster = {what: one for what, one in found.items() if one.where == "cluster lab"}
    assert set(of_cluster) == {"authentication mode", "access entries", "dead access entries", "endpoint"}
    assert {one.level for one in of_cluster.values()} == {Level.OK}
    assert "kubernetes: none" in of_cluster["endpoint"].detail


def test_entries_that_may_not_be_read_are_no_good_finding(api: Clinic) -> None:
    """A denial is told, and not as a count of none."""
    iam = api.client("iam")
    deny = {"Effect": "Deny", "Action": "eks:ListAccessEntries", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(RoleName=REGISTRAR_ROLE, PolicyName="deny", PolicyDocument=document)
    try:
        api.finds("access entries", Level.FAIL, "eks:ListAccessEntries", "SourceDenied", registrar=True)
    finally:
        iam.delete_role_policy(RoleName=REGISTRAR_ROLE, PolicyName="deny")
