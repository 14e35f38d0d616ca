"""What EKS refuses in an entry, by its own words where they are known."""

from typing import Any

import pytest
from entry_support import SESSION, Entries, refusal

from lab.aws.side import AwsSide


@pytest.fixture(scope="module")
def entries(side: AwsSide) -> Entries:
    """A cluster of mode API."""
    return Entries.of_new_cluster(side)


@pytest.fixture(scope="module")
def role(entries: Entries) -> str:
    """A role that has an entry."""
    made = entries.role()
    entries.create(made)
    return made


USERNAMES = {
    **{
        f"{prefix}x": f"The username must not begin with {prefix}"
        for prefix in ("system:", "eks:", "aws:", "amazon:", "iam:")
    },
    f"john{SESSION}": "a colon before",
    f"{SESSION}:john": "a colon before",
    "": "must not be empty",
}


@pytest.mark.parametrize(("username", "told"), USERNAMES.items(), ids=[name or "empty" for name in USERNAMES])
def test_a_username_may_not_be_one_of_aws_s_and_needs_a_colon_before_the_session(
    entries: Entries, role: str, username: str, told: str
) -> None:
    """On creation and on update alike."""
    for call in (entries.eks.update_access_entry, entries.eks.create_access_entry):
        principal = role if call == entries.eks.update_access_entry else entries.role()
        refused = refusal(call, clusterName=entries.name, principalArn=principal, username=username)
        assert refused.startswith("InvalidParameterException: ")
        assert told in refused


@pytest.mark.parametrize("username", [f":john{SESSION}", f"jo:hn{SESSION}", "john", "System:x", "my-eks:x"])
def test_other_usernames_are_taken(entries: Entries, username: str) -> None:
    """The examples of the user guide, and words that only look reserved."""
    assert entries.create(entries.role(), username=username)["username"] == username


@pytest.mark.parametrize("group", ["system:masters", "system:nodes", "system:"])
def test_a_group_may_not_be_one_of_kubernetes_own(entries: Entries, role: str, group: str) -> None:
    """EKS names the group in its refusal."""
    told = f"InvalidParameterException: The kubernetes group name {group} is invalid, it cannot start with system:"
    asked = {"clusterName": entries.name, "kubernetesGroups": ["fine", group]}
    assert refusal(entries.eks.create_access_entry, principalArn=entries.role(), **asked) == told
    assert refusal(entries.eks.update_access_entry, principalArn=role, **asked) == told


def test_a_type_that_eks_does_not_have_is_refused(entries: Entries) -> None:
    """In another case, too."""
    for kind in ("standard", "EC2_Linux", "NODE"):
        assert f"The type {kind} is invalid" in refusal(entries.create, entries.role(), type=kind)


@pytest.mark.parametrize("asked", [{"username": "x"}, {"kubernetesGroups": ["x"]}])
def test_a_node_s_entry_takes_neither_username_nor_groups(entries: Entries, asked: dict[str, Any]) -> None:
    """They are EKS's own."""
    assert "can't be specified for type EC2_LINUX" in refusal(entries.create, entries.role(), type="EC2_LINUX", **asked)


MALFORMED = {
    "no principal": {},
    "a group that is no string": {"principalArn": "x", "kubernetesGroups": [1]},
    "a username that is a number": {"principalArn": "x", "username": 1},
    "no tag at all": {"principalArn": "x", "tags": {}},
    "a tag's key that is too long": {"principalArn": "x", "tags": {"k" * 129: "v"}},
    "a tag's value that is too long": {"principalArn": "x", "tags": {"k": "v" * 257}},
    "too many tags": {"principalArn": "x", "tags": {f"k{n}": "v" for n in range(51)}},
}


@pytest.mark.parametrize("asked", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_the_service_model_does_not_allow_is_refused(entries: Entries, asked: dict[str, Any]) -> None:
    """Required members, types and limits, also where no SDK has checked them before."""
    told = refusal(entries.eks.create_access_entry, clusterName=entries.name, **asked)
    assert told.startswith("InvalidParameterException: The parameter ")


@pytest.mark.parametrize("tags", [{"aws:x": "v"}, {"AWS:x": "v"}, {"k": "aws:v"}])
def test_tags_of_aws_s_own_are_refused(entries: Entries, role: str, tags: dict[str, str]) -> None:
    """In keys and in values, in any case, each call with the code that it declares."""
    arn = entries.describe(role)["accessEntryArn"]
    assert refusal(entries.create, entries.role(), tags=tags).startswith("InvalidParameterException: ")
    assert refusal(entries.eks.tag_resource, resourceArn=arn, tags=tags).startswith("BadRequestException: ")


def test_an_entry_has_at_most_fifty_tags(entries: Entries) -> None:
    """Those that it has count, those that are replaced do not count twice."""
    role = entries.role()
    arn = entries.create(role, tags={f"k{n}": "v" for n in range(49)})["accessEntryArn"]
    entries.eks.tag_resource(resourceArn=arn, tags={"k0": "w", "one": "more"})
    assert refusal(entries.eks.tag_resource, resourceArn=arn, tags={"another": "v"}).startswith("BadRequestException: ")
    assert len(entries.describe(role)["tags"]) == 50


def test_tags_are_set_replaced_listed_and_removed(entries: Entries) -> None:
    """What is not named stays as it is; a key that is not there can be removed."""
    role = entries.role()
    arn = entries.create(role, tags={"a": "1", "b": "2"})["accessEntryArn"]
    entries.eks.tag_resource(resourceArn=arn, tags={"b": "3", "c": ""})
    assert entries.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "3", "c": ""}
    entries.eks.untag_resource(resourceArn=arn, tagKeys=["a", "never"])
    assert entries.describe(role)["tags"] == {"b": "3", "c": ""}


def test_tags_of_an_entry_that_is_not_there_are_not_found(entries: Entries, role: str) -> None:
    """Another UUID is another entry."""
    arn = entries.describe(role)["accessEntryArn"][:-36] + "00000000-0000-0000-0000-000000000000"
    assert refusal(entries.eks.tag_resource, resourceArn=arn, tags={"a": "b"}).startswith("NotFoundException: ")
    assert refusal(entries.eks.list_tags_for_resource, resourceArn=arn).startswith("NotFoundException: ")
