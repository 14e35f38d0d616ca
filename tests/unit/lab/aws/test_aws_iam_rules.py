"""What AWS refuses and moto would let pass, refused with AWS's codes and statuses."""

import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lab.aws.side import AwsSide

KEY = "eks-registrar/lab"


def tag(value: str, key: str = KEY) -> list[dict[str, str]]:
    """One tag, as IAM's calls take it."""
    return [{"Key": key, "Value": value}]


def refused(call: Callable[[], Any]) -> tuple[str, int]:
    """Code and status of the refusal."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def iam(side: AwsSide) -> Any:
    """An IAM client."""
    return side.client("iam")


@pytest.fixture(scope="module")
def unchecked(side: AwsSide) -> Any:
    """An IAM client without botocore's own validation."""
    environment = side.admin_environment()
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    config = Config(parameter_validation=False)
    return session.client("iam", region_name="us-east-1", endpoint_url=side.endpoint_url, config=config)


@pytest.fixture
def role(iam: Any, trust: str) -> str:
    """The name of a role of this test's own."""
    name = f"rules-{uuid.uuid4().hex}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return name


@pytest.mark.parametrize(
    "value", ["a,b", "view*", "a;b", 'a"b', "a'b", "{x}", "a\nb", "a\tb", "a#b", "a&b", "a(b)", "\u200b", "e\u0301"]
)
def test_a_tag_value_holds_letters_spaces_digits_and_few_signs(iam: Any, role: str, value: str) -> None:
    """No comma, star, semicolon, quote, brace, control, format or combining character."""
    assert refused(lambda: iam.tag_role(RoleName=role, Tags=tag(value))) == ("ValidationError", 400)
    assert iam.list_role_tags(RoleName=role)["Tags"] == []


@pytest.mark.parametrize("value", ["", "view edit@a group=b", "_.:/=+-@", "é ½ 漢", "a\u2028b", "a\u00a0b", "x" * 256])
def test_a_tag_value_that_iam_takes_is_kept_as_it_is(iam: Any, role: str, value: str) -> None:
    """U+2028 is a separator and allowed; 256 characters are; the value comes back unchanged."""
    iam.tag_role(RoleName=role, Tags=tag(value))
    assert iam.get_role(RoleName=role)["Role"]["Tags"] == tag(value)


def test_lengths_and_numbers_of_tags_are_limited(iam: Any, unchecked: Any, role: str) -> None:
    """128 characters of a key, 256 of a value, 50 tags in a call and on a role."""
    assert refused(lambda: unchecked.tag_role(RoleName=role, Tags=tag("x" * 257))) == ("ValidationError", 400)
    assert refused(lambda: unchecked.tag_role(RoleName=role, Tags=tag("x", "k" * 129))) == ("ValidationError", 400)
    fifty = [{"Key": f"k{n}", "Value": "v"} for n in range(50)]
    iam.tag_role(RoleName=role, Tags=fifty)
    iam.tag_role(RoleName=role, Tags=tag("again", "K0"))
    assert refused(lambda: iam.tag_role(RoleName=role, Tags=tag("one more"))) == ("LimitExceeded", 409)
    many = [*fifty, *tag("x")]
    assert refused(lambda: unchecked.tag_role(RoleName=role, Tags=many)) == ("ValidationError", 400)


def test_tag_keys_ignore_case(iam: Any, role: str) -> None:
    """The same key in another case replaces, removes, and is a duplicate in one call."""
    iam.tag_role(RoleName=role, Tags=tag("old"))
    iam.tag_role(RoleName=role, Tags=tag("new", KEY.upper()))
    assert iam.list_role_tags(RoleName=role)["Tags"] == tag("new", KEY.upper())
    both = [*tag("a"), *tag("b", KEY.upper())]
    assert refused(lambda: iam.tag_role(RoleName=role, Tags=both)) == ("InvalidInput", 400)
    iam.untag_role(RoleName=role, TagKeys=[KEY])
    assert iam.list_role_tags(RoleName=role)["Tags"] == []


@pytest.mark.parametrize("key", ["aws:x", "AWS:x"])
def test_the_aws_prefix_is_reserved(iam: Any, role: str, key: str) -> None:
    """In any case, for tagging and for untagging."""
    assert refused(lambda: iam.tag_role(RoleName=role, Tags=tag("x", key))) == ("InvalidInput", 400)
    assert refused(lambda: iam.untag_role(RoleName=role, TagKeys=[key])) == ("InvalidInput", 400)


def test_the_tags_of_users_have_the_same_rules(iam: Any) -> None:
    """Users are tagged by their own calls, by the same rules."""
    assert refused(lambda: iam.create_user(UserName="dave", Tags=tag("a,b"))) == ("ValidationError", 400)
    iam.create_user(UserName="dave", Tags=tag("old"))
    iam.tag_user(UserName="dave", Tags=tag("new", KEY.upper()))
    assert iam.list_user_tags(UserName="dave")["Tags"] == tag("new", KEY.upper())
    iam.untag_user(UserName="dave", TagKeys=[KEY])
    assert iam.list_user_tags(UserName="dave")["Tags"] == []
    assert refused(lambda: iam.tag_user(UserName="nobody", Tags=tag("x"))) == ("NoSuchEntity", 404)
    assert refused(lambda: iam.create_user(UserName="Dave")) == ("EntityAlreadyExists", 409)


@pytest.mark.parametrize("name", ["a b", "a/b", "ünlaut", "x" * 65])
def test_a_role_name_is_ascii_and_at_most_64_characters(iam: Any, unchecked: Any, trust: str, name: str) -> None:
    """Names outside the documented pattern and length."""
    create = {"RoleName": name, "AssumeRolePolicyDocument": trust}
    assert refused(lambda: unchecked.create_role(**create)) == ("ValidationError", 400)
    assert name not in [one["RoleName"] for one in iam.list_roles()["Roles"]]


def test_a_role_name_is_unique_whatever_its_case(iam: Any, role: str, trust: str) -> None:
    """`Dev` and `dev` cannot both be."""
    create = {"RoleName": role.upper(), "AssumeRolePolicyDocument": trust}
    assert refused(lambda: iam.create_role(**create)) == ("EntityAlreadyExists", 409)


def test_a_missing_role_is_no_such_entity(iam: Any) -> None:
    """For each call that names one."""
    assert refused(lambda: iam.tag_role(RoleName="missing", Tags=tag("view"))) == ("NoSuchEntity", 404)
    assert refused(lambda: iam.untag_role(RoleName="missing", TagKeys=[KEY])) == ("NoSuchEntity", 404)
    assert refused(lambda: iam.delete_role(RoleName="missing")) == ("NoSuchEntity", 404)
    assert refused(lambda: iam.get_role(RoleName="missing")) == ("NoSuchEntity", 404)


def test_a_trust_policy_is_json_with_a_statement(iam: Any) -> None:
    """Moto would take any text when a role is created."""
    for text in ("not json", "[]", "{}"):
        create = {"RoleName": "untrusted", "AssumeRolePolicyDocument": text}
        assert refused(lambda create=create: iam.create_role(**create)) == ("MalformedPolicyDocument", 400)


def test_a_role_of_identity_center_can_be_read_and_not_changed(side: AwsSide, iam: Any) -> None:
    """Its path is reserved, so are its tags; Identity Center itself can replace it."""
    arn = side.create_permission_set_role("Ops", "eu-west-1")
    name = arn.rsplit("/", 1)[-1]
    assert arn.startswith("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_")
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == arn
    assert refused(lambda: iam.tag_role(RoleName=name, Tags=tag("view"))) == ("UnmodifiableEntity", 400)
    assert refused(lambda: iam.untag_role(RoleName=name, TagKeys=[KEY])) == ("UnmodifiableEntity", 400)
    assert refused(lambda: iam.delete_role(RoleName=name)) == ("UnmodifiableEntity", 400)
    side.delete_permission_set_role(name)
    assert refused(lambda: iam.get_role(RoleName=name)) == ("NoSuchEntity", 404)


def test_a_service_linked_role_can_be_tagged_and_not_changed(iam: Any) -> None:
    """AWS lets its tags be edited, nothing else."""
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]
    assert role["Path"] == "/aws-service-role/autoscaling.amazonaws.com/"
    iam.tag_role(RoleName=role["RoleName"], Tags=tag("view"))
    change = {"RoleName": role["RoleName"], "PolicyName": "p", "PolicyDocument": "{}"}
    assert refused(lambda: iam.put_role_policy(**change)) == ("UnmodifiableEntity", 400)


@pytest.mark.parametrize("path", ["/aws-reserved/sso.amazonaws.com/", "/aws-service-role/eks.amazonaws.com/"])
def test_reserved_paths_are_not_for_customers(iam: Any, trust: str, path: str) -> None:
    """Otherwise anyone who may create roles could pass one off as Identity Center's."""
    create = {"RoleName": "AWSReservedSSO_Ops_0123456789abcdef", "Path": path, "AssumeRolePolicyDocument": trust}
    assert refused(lambda: iam.create_role(**create)) == ("InvalidInput", 400)


def test_an_unknown_key_can_do_nothing(side: AwsSide) -> None:
    """The endpoint checks every request's signature, each service refusing in its own words."""
    stranger = boto3.Session("AKIAIOSFODNN7EXAMPLE", "not-a-real-secret", region_name="us-east-1")

    def client(service: str) -> Any:
        return stranger.client(service, endpoint_url=side.endpoint_url)

    assert refused(client("iam").list_roles) == ("InvalidClientTokenId", 403)
    assert refused(lambda: client("eks").describe_cluster(name="lab")) == ("UnrecognizedClientException", 403)
    assert refused(client("sqs").list_queues)[0] == "UnrecognizedClientException"
