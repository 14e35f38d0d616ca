"""The registrar on a cluster that reads both: its rows move to entries by themselves, and revoking removes both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from asking import Asking, by_kubectl
from entrance import Entrance, on_its_first_day
from stage import ACCOUNT, Stage, eventually, tagging, verdicts

from lab.local_eks import LocalEks
from registrar.errors import AwsAuthUnreadable
from registrar.policy import Policy
from registrar.report import lines
from registrar.service import Registrar, Settled
from registrar.sinks import access_entries


@pytest.fixture(scope="module")
def both_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API_AND_CONFIG_MAP, in which events reach nobody but who is told of them."""
    folder = tmp_path_factory.mktemp("beside")
    with LocalEks.start(folder, with_function=False, mode="API_AND_CONFIG_MAP") as lab:
        yield lab


@pytest.fixture
def both(both_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """That lab as on its first day, its AWS as the one that boto3 finds, and no role that asks for anything."""
    return on_its_first_day(both_eks, monkeypatch)


def by_rows(policy: Policy) -> Policy:
    """The same policy as it was before: aws-auth, set by hand."""
    return replace(policy, clusters=tuple(replace(cluster, backend="aws-auth") for cluster in policy.clusters))


def registered_by_a_row(both: Entrance, grants: str) -> str:
    """A role that got in by a row of ours, when the cluster was set to aws-auth by hand."""
    name = both.role(grants)
    both.settle(tagging(name), policy=by_rows(both.registrar().policy))
    assert both.row(name) is not None
    return name


def later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Registrar:
    """A registrar whose clock is three minutes ahead, as if it had come by then."""
    monkeypatch.setattr(access_entries, "SETTLED_AFTER", timedelta(0))
    return stage.registrar()


def test_a_row_becomes_an_entry_while_its_role_asks_all_the_while(
    both: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry comes, the row stays for two minutes, then it goes: and not one request is refused."""
    team = both.namespace()
    name = registered_by_a_row(both, f"view@{team}")
    assert both.eventually_allowed(name, "get", "pods", "-n", team)
    with Asking(by_kubectl(both, name, "get", "pods", "-n", team)) as asking:
        [first] = both.registrar().sweep(ACCOUNT)
        assert first.complete
        assert both.entry(name) is not None
        assert both.row(name) is not None, "the entry is new: it may not be in effect yet"
        assert not both.settle(tagging(name)).results[0].written, "and nothing is left to do"
        foreign = both.foreign()
        witness = both.new_role()
        both.enter(witness)
        assert eventually(lambda: both.who(witness)), "what was written before is in effect, as after two minutes"
        [second] = later(both, monkeypatch).sweep(ACCOUNT)
        assert second.complete
        assert second.written
        assert both.row(name) is None
        assert both.foreign() == foreign
        assert [result.written for result in both.registrar().sweep(ACCOUNT)] == [False]
    assert asking.requests
    assert asking.refusals == []


@pytest.mark.parametrize("whole", [False, True])
def test_revoking_removes_both(both: Entrance, whole: bool) -> None:
    """By an event and by a sweep: a row left behind would give access back."""
    name, other = registered_by_a_row(both, "view"), registered_by_a_row(both, "view")
    both.settle(tagging(name), tagging(other))
    assert both.entry(name) is not None
    both.untag(name)
    if whole:
        both.registrar().sweep(ACCOUNT)
    else:
        both.settle(tagging(name))
    assert (both.entry(name), both.row(name)) == (None, None)
    assert eventually(lambda: both.who(name) is None)
    assert both.who(other) is not None


def test_a_narrowed_tag_narrows_the_row_at_once(both: Entrance) -> None:
    """Until it goes, a row gives nothing that is not wanted any more."""
    name = registered_by_a_row(both, "view group=oncall")
    both.tag(name, "group=oncall")
    both.settle(tagging(name))
    row = both.row(name)
    assert row is not None
    assert "eks-registrar:view" not in row
    entry = both.entry(name)
    assert entry is not None
    assert entry["kubernetesGroups"] == ["oncall"]


def test_a_foreign_row_is_never_shadowed_by_an_entry_of_ours(both: Entrance) -> None:
    """An entry would win over it: its role's tags are a conflict, and the row gives what it gave."""
    name = both.role("view")
    both.patch_map_roles(
        both.data()["mapRoles"] + f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{name}\n  username: by-hand\n  groups: [x]\n"
    )
    before = both.data()
    settled = both.settle(tagging(name))
    assert verdicts(settled) == {"view": "conflict"}
    assert both.entry(name) is None
    assert both.data() == before
    assert eventually(lambda: "x" in (both.who(name) or {"groups": []})["groups"])


def test_an_aws_auth_that_cannot_be_read_stops_no_revocation(both: Entrance) -> None:
    """Nobody gets in by it, everybody by entries: what is to go goes, nothing is granted, and the error is told."""
    goes, comes = both.role("view"), both.role("view")
    both.settle(tagging(goes))
    both.untag(goes)
    both.patch_map_roles("- rolearn: [")
    settled: Settled = both.settle(tagging(goes), tagging(comes))
    assert [type(outcome.error) for outcome in settled.outcomes] == [AwsAuthUnreadable, AwsAuthUnreadable]
    assert both.entry(goes) is None
    assert both.entry(comes) is None


def test_a_sweep_beside_an_aws_auth_that_cannot_be_read_is_not_complete(both: Entrance) -> None:
    """A row of somebody who was untagged may stand in it: the sweep's record is dead, and no dead letter is settled."""
    goes, comes = both.role("view"), both.role("view")
    both.settle(tagging(goes))
    both.untag(goes)
    both.patch_map_roles("- rolearn: [")
    settled = both.settle({"registrar": "sweep", "account": ACCOUNT, "planHash": None})
    assert [(type(outcome.error), outcome.complete) for outcome in settled.outcomes] == [(AwsAuthUnreadable, False)]
    assert both.entry(goes) is None
    assert both.entry(comes) is None
    told = [line.message for line in lines(settled)]
    assert [said for said in told if said.startswith("not all was done") and "nobody was given anything more" in said]


def test_a_cluster_without_aws_auth_needs_none(both: Entrance) -> None:
    """Where all came in by entries from the first day, nobody has made one."""
    both.lab.kubectl("delete", "configmap", "aws-auth", "-n", "kube-system")
    name = both.role("view")
    assert both.settle(tagging(name)).outcomes[0].error is None
    assert eventually(lambda: both.who(name))
