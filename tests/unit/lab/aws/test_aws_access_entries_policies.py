"""EKS access policies are associated with entries as EKS does it."""

from typing import Any

import pytest
from entry_support import Entries, policy, refusal

from lab.aws.side import AwsSide

VIEW, EDIT = "AmazonEKSViewPolicy", "AmazonEKSEditPolicy"


@pytest.fixture(scope="module")
def entries(side: AwsSide) -> Entries:
    """A cluster of mode API."""
    return Entries.of_new_cluster(side)


@pytest.fixture
def role(entries: Entries) -> str:
    """A role that has an entry."""
    made = entries.role()
    entries.create(made)
    return made


def test_the_policies_for_people_are_listed(entries: Entries) -> None:
    """By name and ARN, in pages."""
    first = entries.eks.list_access_policies(maxResults=4)
    rest = entries.eks.list_access_policies(nextToken=first["nextToken"])
    found = {one["name"]: one["arn"] for one in first["accessPolicies"] + rest["accessPolicies"]}
    words = ("Admin", "AdminView", "ClusterAdmin", "Edit", "SecretReader", "View")
    assert found == {f"AmazonEKS{word}Policy": policy(f"AmazonEKS{word}Policy") for word in words}


def test_a_policy_is_associated_once_and_again_replaces_its_scope(entries: Entries, role: str) -> None:
    """From namespaces to others to the cluster; it keeps the time of the first association."""
    first = entries.associate(role, VIEW, type="namespace", namespaces=["a", "dev-*"])
    assert first["accessScope"] == {"type": "namespace", "namespaces": ["a", "dev-*"]}
    entries.associate(role, VIEW, type="cluster")
    (only,) = entries.associated(role)
    assert only["accessScope"] == {"type": "cluster", "namespaces": []}
    assert only["associatedAt"] == first["associatedAt"] < only["modifiedAt"]


def test_an_entry_may_have_several_policies_and_lose_one(entries: Entries, role: str) -> None:
    """Each has its own scope; DescribeAccessEntry shows none of them."""
    entries.associate(role, VIEW, type="cluster")
    entries.associate(role, EDIT, type="namespace", namespaces=["a"])
    assert [one["policyArn"] for one in entries.associated(role)] == [policy(EDIT), policy(VIEW)]
    assert not {"accessPolicies", "associatedAccessPolicies"} & entries.describe(role).keys()
    named = {"clusterName": entries.name, "principalArn": role, "policyArn": policy(VIEW)}
    entries.eks.disassociate_access_policy(**named)
    assert [one["policyArn"] for one in entries.associated(role)] == [policy(EDIT)]
    assert refusal(entries.eks.disassociate_access_policy, **named).startswith("ResourceNotFoundException: ")


def test_associations_come_in_pages(entries: Entries, role: str) -> None:
    """As every list of EKS."""
    for name in (VIEW, EDIT):
        entries.associate(role, name, type="cluster")
    named = {"clusterName": entries.name, "principalArn": role}
    first = entries.eks.list_associated_access_policies(**named, maxResults=1)
    rest = entries.eks.list_associated_access_policies(**named, nextToken=first["nextToken"])
    shown = first["associatedAccessPolicies"] + rest["associatedAccessPolicies"]
    assert [one["policyArn"] for one in shown] == [policy(EDIT), policy(VIEW)]
    assert "nextToken" not in rest


def test_entries_can_be_listed_by_their_policy(side: AwsSide) -> None:
    """One call for all, instead of one for each entry."""
    entries = Entries.of_new_cluster(side)
    viewer, editor = entries.role(), entries.role()
    for principal, name in ((viewer, VIEW), (editor, EDIT)):
        entries.create(principal)
        entries.associate(principal, name, type="cluster")
    listed = entries.eks.list_access_entries(clusterName=entries.name, associatedPolicyArn=policy(VIEW))
    assert listed["accessEntries"] == [viewer]
    told = refusal(entries.eks.list_access_entries, clusterName=entries.name, associatedPolicyArn="nonsense")
    assert told.startswith("InvalidParameterException: ")


def test_associations_go_with_their_entry(entries: Entries, role: str) -> None:
    """An entry made again has none."""
    entries.associate(role, VIEW, type="cluster")
    entries.eks.delete_access_entry(clusterName=entries.name, principalArn=role)
    entries.create(role)
    assert entries.associated(role) == []


def test_only_standard_entries_take_policies(entries: Entries) -> None:
    """EKS itself grants nodes what they need."""
    node = entries.role()
    entries.create(node, type="EC2_LINUX")
    told = refusal(entries.associate, node, VIEW, type="cluster")
    assert told.startswith("InvalidRequestException: ")


def test_a_policy_that_does_not_exist_is_refused(entries: Entries, role: str) -> None:
    """Also one of another partition."""
    for arn in (policy("AmazonEKSNoPolicy"), policy(VIEW).replace("arn:aws:", "arn:aws-cn:")):
        named = {"clusterName": entries.name, "principalArn": role, "accessScope": {"type": "cluster"}}
        assert refusal(entries.eks.associate_access_policy, **named, policyArn=arn).startswith("InvalidParameter")


SCOPES: dict[str, dict[str, Any]] = {
    "none": {},
    "an unknown type": {"type": "account"},
    "namespaces of a cluster": {"type": "cluster", "namespaces": ["a"]},
    "no namespaces": {"type": "namespace"},
    "an empty list": {"type": "namespace", "namespaces": []},
    "no name of a namespace": {"type": "namespace", "namespaces": ["Team_A"]},
}


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES.keys())
def test_a_scope_that_cannot_be_is_refused(entries: Entries, role: str, scope: dict[str, Any]) -> None:
    """A namespace that is not there is none of these: EKS does not look."""
    assert refusal(entries.associate, role, VIEW, **scope).startswith("InvalidParameterException: ")
    assert entries.associate(role, VIEW, type="namespace", namespaces=["nobody-made-it"])
