"""The registrar's role may do to access entries what infra/access_entry_rights.py says, and nothing more."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_support import ACCOUNT
from entry_support import SESSION, TRUST, Entries, a_name, eks_of, policy, refusal

from infra.access_entry_rights import AccessEntryRights
from lab.aws.registrar_role import ROLE_NAME
from lab.aws.side import AwsSide, Behaviour
from registrar import configuration

MARK = {"app.kubernetes.io/managed-by": "eks-registrar"}
TAGS = MARK | {"eks-registrar/role-id": "AROAEXAMPLE"}
DENIED = (
    f"AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE_NAME}/lab is not authorized to perform: "
)


def username(principal: str) -> str:
    """In the registrar's form."""
    return f"eks-registrar:{ACCOUNT}:role/{principal.rpartition('/')[2]}:{SESSION}"


@pytest.fixture(scope="module")
def entries(side: AwsSide) -> Iterator[Entries]:
    """A cluster for which the registrar's role has its rights."""
    made = Entries.of_new_cluster(side)
    text = (
        f'clusters:\n- {{name: {made.name}, account: "{ACCOUNT}", region: us-east-1}}\n'
        f'rules:\n- {{name: all, clusters: [{made.name}], roles: ["/**"], allow: [view, "edit@*", "group=oncall"]}}\n'
    )
    rules = configuration.parse(text)
    own = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
    (document,) = AccessEntryRights.of(rules, rules.clusters, partition="aws", role_arn=own).documents()
    named = {"RoleName": ROLE_NAME, "PolicyName": a_name("rights")}
    made.iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
    yield made
    made.iam.delete_role_policy(**named)
    side.behave(Behaviour())


@pytest.fixture(scope="module")
def registrar(side: AwsSide) -> Any:
    """EKS as the registrar."""
    return eks_of(side, side.role_environment(ROLE_NAME))


def asked(entries: Entries, principal: str, **changes: Any) -> dict[str, Any]:
    """An entry in the registrar's form, but for some changes."""
    usual = {"type": "STANDARD", "username": username(principal), "kubernetesGroups": ["oncall"], "tags": TAGS}
    merged = usual | changes
    return {
        "clusterName": entries.name,
        "principalArn": principal,
        **{name: value for name, value in merged.items() if value is not None},
    }


def test_the_registrar_makes_changes_and_removes_its_own_entries(entries: Entries, registrar: Any) -> None:
    """The whole life of an entry of ours, by the registrar's rights alone."""
    role = entries.role(path="/dev/")
    arn = registrar.create_access_entry(**asked(entries, role))["accessEntry"]["accessEntryArn"]
    named = {"clusterName": entries.name, "principalArn": role}
    registrar.update_access_entry(**named, username=username(role), kubernetesGroups=["eks-registrar:edit@team-a"])
    registrar.tag_resource(resourceArn=arn, tags=TAGS)
    assert refusal(registrar.untag_resource, resourceArn=arn, tagKeys=["eks-registrar/role-id"]).startswith(DENIED)
    assert registrar.describe_access_entry(**named)["accessEntry"]["tags"] == TAGS
    assert role in registrar.list_access_entries(clusterName=entries.name)["accessEntries"]
    assert registrar.list_associated_access_policies(**named)["associatedAccessPolicies"] == []
    registrar.delete_access_entry(**named)


NOT_IN_OUR_FORM = {
    "no mark": {"tags": None},
    "another mark": {"tags": {"app.kubernetes.io/managed-by": "terraform"}},
    "one more tag": {"tags": TAGS | {"owner": "me"}},
    "no group": {"kubernetesGroups": None},
    "an empty list of groups": {"kubernetesGroups": []},
    "a group that no rule names": {"kubernetesGroups": ["oncall", "admins"]},
    "a privileged namespace": {"kubernetesGroups": ["eks-registrar:edit@kube-system"]},
    "another username": {"username": "root"},
    "EKS's own username": {"username": None},
    "a node's type": {"type": "EC2_LINUX"},
    "a type left to EKS": {"type": None},
}


@pytest.mark.parametrize("changes", NOT_IN_OUR_FORM.values(), ids=NOT_IN_OUR_FORM.keys())
def test_an_entry_in_another_form_cannot_be_made(entries: Entries, registrar: Any, changes: dict[str, Any]) -> None:
    """Each thing that makes an entry ours, missing or false."""
    told = refusal(registrar.create_access_entry, **asked(entries, entries.role(), **changes))
    assert told.startswith(f"{DENIED}eks:")


def test_what_is_foreign_stays_as_it_is(entries: Entries, registrar: Any) -> None:
    """Neither changed, removed, tagged as ours, untagged nor given a policy."""
    role = entries.role()
    arn = entries.create(role, tags={"owner": "me"})["accessEntryArn"]
    named = {"clusterName": entries.name, "principalArn": role}
    update = named | {"username": username(role), "kubernetesGroups": ["oncall"]}
    for call, arguments in (
        (registrar.update_access_entry, update),
        (registrar.delete_access_entry, named),
        (registrar.tag_resource, {"resourceArn": arn, "tags": TAGS}),
        (registrar.untag_resource, {"resourceArn": arn, "tagKeys": ["owner"]}),
        (
            registrar.associate_access_policy,
            named | {"policyArn": policy("AmazonEKSViewPolicy"), "accessScope": {"type": "cluster"}},
        ),
    ):
        assert refusal(call, **arguments).startswith(DENIED)
    assert entries.describe(role)["tags"] == {"owner": "me"}


def test_the_registrar_cannot_touch_its_own_entry(entries: Entries, registrar: Any) -> None:
    """Not even one that has our mark."""
    own = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
    entries.create(own, tags=TAGS)
    named = {"clusterName": entries.name, "principalArn": own}
    assert "explicit deny" in refusal(registrar.update_access_entry, **named, kubernetesGroups=["oncall"])
    assert "explicit deny" in refusal(registrar.delete_access_entry, **named)


def test_the_mode_is_not_the_registrar_s_to_change(entries: Entries, registrar: Any) -> None:
    """Only a person does that."""
    told = refusal(registrar.update_cluster_config, name=entries.name, accessConfig={"authenticationMode": "API"})
    assert told.startswith(f"{DENIED}eks:UpdateClusterConfig on resource: arn:aws:eks:")


def test_a_right_by_tags_says_nothing_of_an_entry_that_is_not_there(
    entries: Entries, registrar: Any, side: AwsSide
) -> None:
    """403, or 404 if EKS looks first: AWS says nowhere which, and both can be played."""
    named = {"clusterName": entries.name, "principalArn": entries.role()}
    assert refusal(registrar.delete_access_entry, **named).startswith(DENIED)
    assert refusal(registrar.describe_access_entry, **named).startswith("ResourceNotFoundException: ")
    side.behave(Behaviour(absence_before_rights=True))
    assert refusal(registrar.delete_access_entry, **named).startswith("ResourceNotFoundException: ")
    side.behave(Behaviour())


def test_an_update_may_be_judged_by_what_is_or_by_what_shall_be(
    entries: Entries, registrar: Any, side: AwsSide
) -> None:
    """AWS says nowhere which, and both can be played."""
    role = entries.role()
    entries.create(role, username=username(role), kubernetesGroups=["admins"], tags=TAGS)
    healing = {"clusterName": entries.name, "principalArn": role, "kubernetesGroups": ["oncall"]}
    side.behave(Behaviour(update_compares="old"))
    assert refusal(registrar.update_access_entry, **healing).startswith(DENIED)
    side.behave(Behaviour(update_compares="new"))
    assert registrar.update_access_entry(**healing)["accessEntry"]["kubernetesGroups"] == ["oncall"]


def test_a_node_s_entry_needs_the_right_to_pass_its_role(entries: Entries, side: AwsSide) -> None:
    """Of the types of self-managed nodes, whoever makes them."""
    iam, name = entries.iam, a_name("creator")

    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    allow = {"Effect": "Allow", "Action": ["eks:CreateAccessEntry"], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": allow}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    eks, node = eks_of(side, side.role_environment(name)), entries.role()
    told = refusal(eks.create_access_entry, clusterName=entries.name, principalArn=node, type="EC2_LINUX")
    assert f"iam:PassRole on resource: {node}" in told
    assert eks.create_access_entry(clusterName=entries.name, principalArn=node)


def test_a_policy_that_cannot_be_judged_is_said_to_be(entries: Entries, side: AwsSide) -> None:
    """It allows nothing, and the error names the operator."""
    iam, name = entries.iam, a_name("puzzling")

    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    condition = {"NumericEquals": {"eks:username": "1"}}
    allow = {"Effect": "Allow", "Action": "eks:*", "Resource": "*", "Condition": condition}
    document = {"Version": "2012-10-17", "Statement": allow}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    eks = eks_of(side, side.role_environment(name))
    told = refusal(eks.list_access_entries, clusterName=entries.name)
    assert told.startswith("ServerException: ")
    assert "NumericEquals" in told
