"""The registrar on a cluster that reads both and for which registrar.yaml says ``backend: aws-auth`` by hand.

An access entry wins over a row: one of ours that was left gives way, one of others is a conflict.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from asking import Asking, by_kubectl
from entrance import Entrance, on_its_first_day
from stage import ACCOUNT, eventually, tagging, verdicts

from lab.local_eks import LocalEks
from lab.settings import CLUSTER, CONFIGURATION, REGISTRAR_ROLE
from registrar import cli
from registrar.errors import AwsAuthMissing, AwsAuthUnreadable, RegistrarError, SourceDenied
from registrar.marks import MANAGED_BY, SESSION

BY_ROWS = CONFIGURATION.read_text().replace("mode: enforce", "mode: enforce, backend: aws-auth")


@pytest.fixture(scope="module")
def both_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API_AND_CONFIG_MAP, in which rows are written and events reach nobody but who is told of them."""
    folder = tmp_path_factory.mktemp("by-rows")
    with LocalEks.start(folder, BY_ROWS, with_function=False, mode="API_AND_CONFIG_MAP") as lab:
        yield lab


@pytest.fixture
def both(both_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """That lab as on its first day, its AWS as the one that boto3 finds, and no role that asks for anything."""
    return on_its_first_day(both_eks, monkeypatch)


def left(both: Entrance, grants: str, *more: str) -> str:
    """A role that gets in by an entry of ours, as it was made when entries were written; ``more`` are other groups."""
    made = both.settle(tagging(both.role(grants)))  # somebody else, for whom the bindings are made
    assert made.results[0].written
    name = both.role(grants)
    role = both.iam.get_role(RoleName=name)["Role"]
    both.enter(
        role["Arn"],
        username=f"eks-registrar:{ACCOUNT}:role/{name}:{SESSION}",
        kubernetesGroups=[*(f"eks-registrar:{grant}" for grant in grants.split()), *more],
        tags={MANAGED_BY: "eks-registrar", "eks-registrar/role-id": role["RoleId"]},
    )
    assert both.eventually_allowed(name, "get", "pods", "-A")
    return name


@pytest.mark.parametrize("whole", [False, True], ids=["event", "sweep"])
def test_untagged_is_401_although_an_entry_of_ours_stood(both: Entrance, whole: bool) -> None:
    """The entry was what counted; it goes with the row, and nobody else is touched."""
    name, other = left(both, "view"), left(both, "view")
    both.settle(tagging(name))
    assert both.row(name) is not None
    both.untag(name)
    if whole:
        [result] = both.registrar().sweep(ACCOUNT)
        assert result.complete
    else:
        assert both.settle(tagging(name)).outcomes[0].error is None
    assert (both.entry(name), both.row(name)) == (None, None)
    assert eventually(lambda: both.who(name) is None)
    assert both.who(other) is not None


def test_an_entry_gives_way_to_a_row_while_its_role_asks_all_the_while(both: Entrance) -> None:
    """The first run writes the row, the second deletes the entry, a third does nothing; not one request is refused."""
    name = left(both, "view")
    foreign = both.foreign()
    with Asking(by_kubectl(both, name, "get", "pods", "-A")) as asking:
        assert both.registrar().sweep(ACCOUNT)[0].complete
        assert both.row(name) is not None
        assert both.entry(name) is not None, "the row is new: it may not be in effect yet"
        assert both.registrar().sweep(ACCOUNT)[0].complete
        assert both.row(name) is not None
        assert both.entry(name) is None
        assert asking.asks_on(5)
        assert [result.written for result in both.registrar().sweep(ACCOUNT)] == [False]
    assert asking.requests
    assert asking.refusals == []
    assert both.foreign() == foreign


def test_an_entry_that_gives_too_much_goes_at_once_and_nobody_is_refused(both: Entrance) -> None:
    """Its row is written before; what the tag does not ask for ends with the entry."""
    name = left(both, "view", "intruders")
    with Asking(by_kubectl(both, name, "get", "pods", "-A")) as asking:
        both.settle(tagging(name))
        assert both.entry(name) is None
        assert eventually(lambda: "intruders" not in (both.who(name) or {"groups": ["intruders"]})["groups"])
        assert asking.asks_on(5)
    assert asking.refusals == []


def test_a_narrower_tag_is_403_although_an_entry_of_ours_gave_more(both: Entrance) -> None:
    """An entry beside rows is never narrowed: it goes."""
    team = both.namespace()
    name = left(both, f"view edit@{team}")
    assert both.eventually_allowed(name, "create", "configmap", "before", "-n", team)
    both.tag(name, "view")
    both.settle(tagging(name))
    assert both.entry(name) is None
    assert eventually(lambda: "is forbidden" in both.as_role(name, "create", "configmap", "x", "-n", team).stderr)
    assert both.eventually_allowed(name, "get", "pods", "-A")


def test_a_foreign_entry_is_a_conflict(both: Entrance) -> None:
    """It wins over a row of ours: that one goes, so that it does not come back to count; theirs is not touched."""
    name = both.role("view")
    both.settle(tagging(name))
    assert both.row(name) is not None
    both.enter(both.arn(name), username="by-hand", kubernetesGroups=["some"], tags={"team": "theirs"})
    theirs = both.entry(name)
    settled = both.settle(tagging(name))
    assert verdicts(settled) == {"view": "conflict"}
    assert both.row(name) is None
    assert both.entry(name) == theirs
    assert eventually(lambda: (both.who(name) or {"username": ""})["username"] == "by-hand")
    both.leave(both.arn(name))
    assert both.settle(tagging(name)).outcomes[0].error is None
    assert both.eventually_allowed(name, "get", "pods", "-A")


@pytest.mark.parametrize("error", [AwsAuthUnreadable, AwsAuthMissing])
def test_without_a_readable_aws_auth_an_entry_of_ours_is_revoked(both: Entrance, error: type[RegistrarError]) -> None:
    """Nothing is granted, and the error is told; what is wanted stays, and so does its binding."""
    goes, stays, comes = left(both, "view"), left(both, "view"), both.role("view")
    both.untag(goes)
    if error is AwsAuthUnreadable:
        both.patch_map_roles("- rolearn: [")
    else:
        both.lab.kubectl("delete", "configmap", "aws-auth", "-n", "kube-system")
    bindings = both.bindings()
    settled = both.settle(tagging(goes), tagging(comes), tagging(stays))
    assert [type(outcome.error) for outcome in settled.outcomes] == [error] * 3
    assert [both.entry(name) is not None for name in (goes, stays, comes)] == [False, True, False]
    assert eventually(lambda: both.who(goes) is None)
    both.untag(stays)
    both.registrar().sweep(ACCOUNT)
    assert both.entry(stays) is None
    assert both.bindings() == bindings, "which rows use them nobody knows"


def test_without_the_right_to_read_entries_the_cluster_fails(both: Entrance) -> None:
    """A stack of before lacks it: nothing is taken for absent, and the message says what gives the right."""
    name = left(both, "view")
    both.untag(name)
    denied = ["eks:ListAccessEntries", "eks:DescribeAccessEntry"]
    statement = {"Effect": "Deny", "Action": denied, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    both.iam.put_role_policy(RoleName=REGISTRAR_ROLE, PolicyName="deny", PolicyDocument=document)
    try:
        outcome = both.settle(tagging(name)).outcomes[0]
        [swept] = both.registrar().sweep(ACCOUNT)
    finally:
        both.iam.delete_role_policy(RoleName=REGISTRAR_ROLE, PolicyName="deny")
    for error in (outcome.error, swept.failure):
        assert isinstance(error, SourceDenied)
        assert "cdk deploy" in str(error)
    assert not swept.complete
    assert both.entry(name) is not None


def test_commands_speak_of_both(
    both: Entrance, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Explain names the entry that wins, plan what becomes of it, and purge is complete when neither stands."""
    name = left(both, "view")
    arn = both.arn(name)
    for variable, value in both.lab.registrar_environment().items():
        monkeypatch.setenv(variable, value)
    assert cli.main(["explain", arn]) == 0
    assert "it wins over a row; access is written as rows here, so it goes" in capsys.readouterr().out
    assert cli.main(["plan", "--output", "json"]) == 2
    [change] = [
        one for one in json.loads(capsys.readouterr().out)["clusters"][0]["changes"] if name in one["principal"]
    ]
    assert (change["before"], change["after"]) == (["eks-registrar:view"], ["eks-registrar:view"])
    assert cli.main(["purge", "--cluster", CLUSTER, "--output", "json"]) == 2
    [planned] = json.loads(capsys.readouterr().out)["clusters"]
    assert cli.main(["purge", "--cluster", CLUSTER, "--plan-hash", planned["planHash"]]) == 0
    assert (both.entry(name), both.rows(), both.bindings()) == (None, [], [])
    assert eventually(lambda: both.who(name) is None)
