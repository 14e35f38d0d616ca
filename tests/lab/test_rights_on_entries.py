"""What the function's own role may do to access entries, in a lab of mode API under the rights that the stack gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from entrance import VIEW, Entrance, on_its_first_day
from stage import ACCOUNT, tagging

from lab.aws import registrar_role
from lab.local_eks import CONFIGURATION, LocalEks
from lab.registrar_rights import in_aws
from lab.sessions import session_of
from lab.settings import CLUSTER, REGISTRAR_ROLE
from registrar import configuration
from registrar.marks import MANAGED_BY, controller_group
from registrar.wiring import registrar_of

EDIT = VIEW.replace("View", "Edit")
ALLOWED = 'allow: [view, "policy=AmazonEKSEditPolicy@team-*", policy=AmazonEKSViewPolicy]'
OWN = f"arn:aws:iam::{ACCOUNT}:role/{REGISTRAR_ROLE}"
BOTH_TAGS = {MANAGED_BY: "eks-registrar", "eks-registrar/role-id": "AROAFORGED"}


@pytest.fixture(scope="module")
def api_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab whose rules name the namespaces of teams."""
    text = CONFIGURATION.read_text().replace('allow: [view, "view@*", "edit@*", "group=oncall"]', ALLOWED)
    with LocalEks.start(tmp_path_factory.mktemp("rights"), text, with_function=False, mode="API") as lab:
        yield lab


@pytest.fixture
def api(api_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """That lab as on its first day, its AWS as the one that boto3 finds, and no role that asks for anything."""
    return on_its_first_day(api_eks, monkeypatch)


@pytest.fixture
def function(api: Entrance) -> Any:
    """EKS as whoever has taken the function over."""
    return session_of(api.lab.registrar_environment()).client("eks")


def registered(api: Entrance) -> tuple[str, str]:
    """A role to which the registrar gave a policy in its team's namespace, and that namespace."""
    team = api.namespace()
    name = api.role(f"policy=AmazonEKSEditPolicy@{team}")
    api.settle(tagging(name))
    assert api.policies(name) == {"AmazonEKSEditPolicy": [team]}
    return name, team


def test_the_ordinary_way_works(api: Entrance) -> None:
    """In the namespaces of two teams, for the whole cluster where a rule says so, and taken away again."""
    name, team = registered(api)
    other = api.namespace()
    api.tag(name, f"policy=AmazonEKSEditPolicy@{team} policy=AmazonEKSEditPolicy@{other} policy=AmazonEKSViewPolicy")
    assert not api.settle(tagging(name)).outcomes[0].error
    assert api.policies(name) == {"AmazonEKSEditPolicy": sorted((team, other)), "AmazonEKSViewPolicy": []}
    assert api.eventually_allowed(name, "create", "configmap", "x", "-n", other)
    api.tag(name, "policy=AmazonEKSViewPolicy")
    api.settle(tagging(name))
    assert api.policies(name) == {"AmazonEKSViewPolicy": []}


WIDER: dict[str, dict[str, Any]] = {
    "the whole cluster": {"type": "cluster"},
    "kube-system": {"type": "namespace", "namespaces": ["kube-system"]},
    "a namespace that no pattern covers": {"type": "namespace", "namespaces": ["default"]},
    "every namespace": {"type": "namespace", "namespaces": ["*"]},
    "a wildcard that the pattern covers": {"type": "namespace", "namespaces": ["team-*"]},
    "a wildcard beside a team": {"type": "namespace", "namespaces": ["team-a", "*"]},
    "kube-system beside a team": {"type": "namespace", "namespaces": ["team-a", "kube-system"]},
}


@pytest.mark.parametrize("scope", WIDER.values(), ids=WIDER.keys())
def test_a_function_that_was_taken_over_cannot_widen_an_access_policy(
    api: Entrance, function: Any, scope: dict[str, Any]
) -> None:
    """On an entry of ours, with a policy that the rules name for the namespaces of teams alone."""
    name, team = registered(api)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        function.associate_access_policy(
            clusterName=CLUSTER, principalArn=api.arn(name), policyArn=EDIT, accessScope=scope
        )
    assert api.policies(name) == {"AmazonEKSEditPolicy": [team]}


def test_a_policy_for_the_whole_cluster_gives_it_in_no_single_namespace(api: Entrance, function: Any) -> None:
    """And one for namespaces not for the whole cluster: each is bound to what its own rule says."""
    name, _ = registered(api)
    named = {"clusterName": CLUSTER, "principalArn": api.arn(name), "policyArn": VIEW}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        function.associate_access_policy(**named, accessScope={"type": "namespace", "namespaces": ["kube-system"]})
    function.associate_access_policy(**named, accessScope={"type": "cluster"})


def test_in_a_cluster_set_to_aws_auth_entries_are_looked_at_and_removed_only(api: Entrance, function: Any) -> None:
    """Its mode may be one that reads entries all the same: nothing is made there, and ours can go."""
    policy = configuration.load(api.lab.configuration)
    by_rows = replace(policy, clusters=tuple(replace(one, backend="aws-auth") for one in policy.clusters))
    name, _ = registered(api)
    arn, foreign = api.arn(name), api.arn("platform-admin")
    entry = api.entry(name)
    assert entry is not None
    registrar_role.give(api.lab.aws.account, in_aws(by_rows))
    try:
        assert arn in function.list_access_entries(clusterName=CLUSTER)["accessEntries"]
        named = {"clusterName": CLUSTER, "principalArn": arn}
        form = {"username": entry["username"], "kubernetesGroups": ["eks-registrar:view"]}
        team = {"type": "namespace", "namespaces": ["team-a"]}
        for call, asked in (
            (function.create_access_entry, {**named, "principalArn": api.new_role(), **form, "tags": BOTH_TAGS}),
            (function.update_access_entry, {**named, **form}),
            (function.associate_access_policy, {**named, "policyArn": EDIT, "accessScope": team}),
            (function.disassociate_access_policy, {**named, "policyArn": EDIT}),
            (function.tag_resource, {"resourceArn": entry["accessEntryArn"], "tags": BOTH_TAGS}),
            (function.delete_access_entry, {**named, "principalArn": foreign}),
            (function.delete_access_entry, {**named, "principalArn": OWN}),
        ):
            with pytest.raises(ClientError, match="AccessDeniedException"):
                call(**asked)
        assert function.describe_access_entry(**named)["accessEntry"]["tags"] == entry["tags"]
        assert function.list_associated_access_policies(**named)["associatedAccessPolicies"]
        function.delete_access_entry(**named)
        assert api.entry(name) is None
    finally:
        registrar_role.give(api.lab.aws.account, in_aws(policy))


def test_no_sweep_removes_the_registrars_own_entry_under_both_forged_tags(api: Entrance) -> None:
    """By an administrator, whom no Deny of IAM holds back, and by the function; the entry of nobody goes in both."""
    own = api.entry(REGISTRAR_ROLE)
    assert own is not None
    assert own["kubernetesGroups"] == [controller_group("eks-registrar")]
    api.eks.tag_resource(resourceArn=own["accessEntryArn"], tags=BOTH_TAGS)
    policy = configuration.load(api.lab.configuration)
    administrator = registrar_of(policy, None, session_of(api.lab.aws.admin_environment()))
    for registrar in (administrator, api.registrar()):
        forged = api.new_role()
        api.enter(forged, kubernetesGroups=["by-hand"], tags=BOTH_TAGS)
        kept = [api.role("view"), api.role("view")]
        for name in kept:
            api.settle(tagging(name))
        [result] = registrar.sweep(ACCOUNT)
        assert result.plan is not None
        assert [str(change.ref) for change in result.plan.changes] == [f"{ACCOUNT}:role/{forged.rpartition('/')[2]}"]
        assert result.complete
    left = api.entry(REGISTRAR_ROLE)
    assert left is not None
    assert left["kubernetesGroups"] == own["kubernetesGroups"]
