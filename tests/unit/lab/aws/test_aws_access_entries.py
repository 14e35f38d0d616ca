"""Access entries are made, shown, changed, listed and removed as EKS does it."""

import re
import uuid
from collections.abc import Iterator

import pytest
from aws_support import ACCOUNT
from entry_support import SESSION, TRUST, Entries, a_name, refusal

from lab.aws.side import AwsSide, Behaviour, Fault

IN_USE = "ResourceInUseException: The specified access entry resource is already in use on this cluster."
NO_ENTRY = "ResourceNotFoundException: The specified principalArn could not be found"
NO_PRINCIPAL = "InvalidParameterException: The specified principalArn is invalid: invalid principal."


@pytest.fixture(scope="module")
def entries(side: AwsSide) -> Entries:
    """A cluster of mode API."""
    return Entries.of_new_cluster(side)


@pytest.fixture
def usual(side: AwsSide) -> Iterator[AwsSide]:
    """EKS as usual again after the test."""
    yield side
    side.behave(Behaviour())
    side.heal()


def test_an_entry_is_shown_as_it_was_asked_for(entries: Entries) -> None:
    """All members of an AccessEntry, the ARN in AWS's form."""
    role = entries.role(path="/team/")
    made = entries.create(
        role, username=f"a:{SESSION}", kubernetesGroups=["x", "y"], tags={"owner": "me"}, type="STANDARD"
    )
    assert made == entries.describe(role)
    name = role.rpartition("/")[2]
    arn = rf"arn:aws:eks:us-east-1:{ACCOUNT}:access-entry/{entries.name}/role/{ACCOUNT}/{name}/[0-9a-f-]{{36}}"
    assert re.fullmatch(arn, made.pop("accessEntryArn"))
    assert made.pop("createdAt") == made.pop("modifiedAt")
    assert made == {
        "clusterName": entries.name,
        "principalArn": role,
        "kubernetesGroups": ["x", "y"],
        "tags": {"owner": "me"},
        "username": f"a:{SESSION}",
        "type": "STANDARD",
    }


def test_eks_chooses_the_username_and_the_type(entries: Entries) -> None:
    """A role's is that of its sessions without the path, a user's is its ARN, a node's that of the node."""
    role, node = entries.role(path="/team/"), entries.role()
    made = entries.create(role)
    assert made["type"] == "STANDARD"
    assert made["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{SESSION}"
    user = entries.iam.create_user(UserName=a_name("user"))["User"]["Arn"]
    assert entries.create(user)["username"] == user
    made = entries.create(node, type="EC2_LINUX")
    assert (made["username"], made["kubernetesGroups"]) == ("system:node:{{EC2PrivateDNSName}}", ["system:nodes"])
    assert entries.create(entries.role(), type="FARGATE_LINUX")["username"] == f"system:node:{SESSION}"


def test_there_is_one_entry_for_a_principal(entries: Entries) -> None:
    """Whatever it asks for."""
    role = entries.role()
    entries.create(role)
    assert refusal(entries.create, role, kubernetesGroups=["x"]) == IN_USE


def test_the_principal_must_exist_with_its_path(entries: Entries) -> None:
    """Neither a role that is not there, nor one whose path is left out or in another case, nor a session."""
    role = entries.role(path="/team/")
    name = role.rpartition("/")[2]
    for arn in (
        f"arn:aws:iam::{ACCOUNT}:role/{name}",
        role.replace("/team/", "/Team/"),
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/me",
        f"arn:aws:iam::{ACCOUNT}:group/devs",
        f"arn:aws:iam::999999999999:role/{name}",
        f"arn:aws-cn:iam::{ACCOUNT}:role/team/{name}",
        "nonsense",
    ):
        assert refusal(entries.create, arn) == NO_PRINCIPAL


def test_a_principal_of_another_account_may_have_a_standard_entry_only(entries: Entries, side: AwsSide) -> None:
    """The cluster's account is not asked for it; a node's role must be in it."""
    user = "arn:aws:iam::111122223333:user/administrator"
    assert entries.create(user)["username"] == user
    assert "must be a role of account" in refusal(entries.create, user, type="EC2_LINUX")


def test_a_service_linked_role_can_have_no_entry(entries: Entries) -> None:
    """EKS says so before it looks whether there is one."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/emr-containers.amazonaws.com/AWSServiceRoleForEMR"
    assert "value of a Service Linked Role" in refusal(entries.create, arn)


def test_username_and_groups_can_be_changed_and_nothing_else(entries: Entries) -> None:
    """What is not named stays. The call has no member for the type, and none for another principal."""
    role = entries.role()
    before = entries.create(role, username=f"a:{SESSION}", kubernetesGroups=["x"])
    named = {"clusterName": entries.name, "principalArn": role}
    entries.eks.update_access_entry(**named, kubernetesGroups=["y"])
    after = entries.describe(role)
    assert (after["username"], after["kubernetesGroups"], after["type"]) == (f"a:{SESSION}", ["y"], "STANDARD")
    assert after["createdAt"] == before["createdAt"] < after["modifiedAt"]
    entries.eks.update_access_entry(**named, username="b", kubernetesGroups=[])
    assert (entries.describe(role)["username"], entries.describe(role)["kubernetesGroups"]) == ("b", [])


def test_a_node_s_entry_cannot_be_changed(entries: Entries) -> None:
    """Its username and groups are EKS's own."""
    role = entries.role()
    entries.create(role, type="EC2_LINUX")
    told = refusal(entries.eks.update_access_entry, clusterName=entries.name, principalArn=role, kubernetesGroups=["x"])
    assert "type EC2_LINUX can't be updated" in told


def test_an_entry_that_is_removed_is_gone(entries: Entries) -> None:
    """Describe, update, delete and associate do not find it; it can be made again."""
    role = entries.role()
    first = entries.create(role)
    entries.eks.delete_access_entry(clusterName=entries.name, principalArn=role)
    named = {"clusterName": entries.name, "principalArn": role}
    for call in (entries.eks.describe_access_entry, entries.eks.update_access_entry, entries.eks.delete_access_entry):
        assert refusal(call, **named).startswith(NO_ENTRY)
    assert refusal(entries.associate, role, "AmazonEKSViewPolicy", type="cluster").startswith(NO_ENTRY)
    assert entries.create(role)["accessEntryArn"] != first["accessEntryArn"]


def test_an_entry_outlives_its_principal_and_stands_in_the_way_of_the_next_one(entries: Entries) -> None:
    """EKS does not remove it; the role made again under its name needs the entry made again."""
    role = entries.role()
    entries.create(role)
    name = role.rpartition("/")[2]
    entries.iam.delete_role(RoleName=name)
    assert entries.describe(role)["principalArn"] == role
    assert role in entries.eks.list_access_entries(clusterName=entries.name)["accessEntries"]
    entries.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    assert refusal(entries.create, role) == IN_USE


def test_lists_come_in_pages(side: AwsSide) -> None:
    """At most maxResults, each principal once, also when one goes between two pages."""
    entries = Entries.of_new_cluster(side)
    roles = sorted(entries.role() for _ in range(5))
    for role in roles:
        entries.create(role)
    first = entries.eks.list_access_entries(clusterName=entries.name, maxResults=2)
    assert first["accessEntries"] == roles[:2]
    entries.eks.delete_access_entry(clusterName=entries.name, principalArn=roles[1])
    rest = entries.eks.list_access_entries(clusterName=entries.name, maxResults=100, nextToken=first["nextToken"])
    assert (rest["accessEntries"], rest.get("nextToken")) == (roles[2:], None)
    for wrong in ({"maxResults": 0}, {"maxResults": 101}, {"nextToken": "§"}):
        told = refusal(entries.eks.list_access_entries, clusterName=entries.name, **wrong)
        assert told.startswith("InvalidParameterException: ")


def test_a_call_that_is_sent_again_is_done_once(entries: Entries) -> None:
    """The client's token makes it so; with other parameters the token is refused."""
    role, token = entries.role(), str(uuid.uuid4())
    made = entries.create(role, clientRequestToken=token)
    assert entries.create(role, clientRequestToken=token) == made
    told = refusal(entries.create, entries.role(), clientRequestToken=token)
    assert told.startswith("InvalidParameterException: The clientRequestToken was used before")


def test_the_quota_is_kept(usual: AwsSide) -> None:
    """3,000 entries of a cluster, or what a test says."""
    entries = Entries.of_new_cluster(usual)
    usual.behave(Behaviour(quota=1))
    entries.create(entries.role())
    assert refusal(entries.create, entries.role()).startswith("ResourceLimitExceededException: ")
    usual.behave(Behaviour())
    entries.create(entries.role())


def test_a_new_principal_may_not_be_visible_yet(entries: Entries, usual: AwsSide) -> None:
    """IAM is eventually consistent: the refusal is the one of a principal that does not exist."""
    role = entries.role()
    usual.behave(Behaviour(principal_visible_after_s=60))
    assert refusal(entries.create, role) == NO_PRINCIPAL
    usual.behave(Behaviour())
    assert entries.create(role)


def test_access_entries_need_a_mode_that_knows_them(side: AwsSide) -> None:
    """In CONFIG_MAP each call is refused, with the sentence that EKS has for it."""
    entries = Entries.of_new_cluster(side, "CONFIG_MAP")
    role = entries.role()
    needs = "InvalidRequestException: The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP]"
    eks, named = entries.eks, {"clusterName": entries.name, "principalArn": role}
    assert refusal(entries.create, role).startswith(needs)
    assert refusal(eks.list_access_entries, clusterName=entries.name).startswith(needs)
    for call in (eks.describe_access_entry, eks.update_access_entry, eks.delete_access_entry):
        assert refusal(call, **named).startswith(needs)
    assert refusal(entries.associate, role, "AmazonEKSViewPolicy", type="cluster").startswith(needs)
    assert refusal(entries.associated, role).startswith(needs)


def test_a_cluster_that_is_not_there_is_said_to_be(entries: Entries) -> None:
    """Also one of another account or region."""
    for name in ("unknown", "other"):
        told = refusal(entries.eks.list_access_entries, clusterName=name)
        assert told == f"ResourceNotFoundException: No cluster found for name: {name}."


def test_calls_meet_the_faults_that_are_asked_for(entries: Entries, usual: AwsSide) -> None:
    """Throttling as EKS answers it, before anything is done."""
    role = entries.role()
    usual.let_fail(Fault("eks:CreateAccessEntry", "Throttling", 429, "Rate exceeded", times=1))
    assert refusal(entries.create, role) == "ThrottlingException: Rate exceeded"
    assert entries.create(role)
