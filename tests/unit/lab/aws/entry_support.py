"""What the tests of access entries share: clusters and principals of their own, and calls that are refused."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from aws_support import ACCOUNT
from botocore.config import Config
from botocore.exceptions import ClientError

from lab.aws.eks.errors import declared_codes
from lab.aws.side import AwsSide
from lab.sessions import session_of

SESSION = "{{SessionName}}"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    }
)
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_COMMON = frozenset({"AccessDeniedException", "ThrottlingException"})


def a_name(word: str) -> str:
    """A name that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:8]}"


def policy(name: str) -> str:
    """The ARN of an EKS access policy."""
    return f"arn:aws:eks::aws:cluster-access-policy/{name}"


@dataclass(frozen=True)
class Entries:
    """A cluster of a test's own and its access entries, as an administrator sees them."""

    side: AwsSide
    name: str

    @classmethod
    def of_new_cluster(cls, side: AwsSide, mode: str = "API") -> "Entries":
        """Make a cluster of that mode."""
        made = cls(side, a_name("cluster"))
        made.eks.create_cluster(
            name=made.name, roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks-cluster", resourcesVpcConfig={"subnetIds": ["s"]}
        )
        for step in MODES[1 : MODES.index(mode) + 1]:
            made.eks.update_cluster_config(name=made.name, accessConfig={"authenticationMode": step})
        return made

    @cached_property
    def eks(self) -> Any:
        """EKS as the administrator, who tries once and checks nothing before it is sent."""
        environment = self.side.admin_environment()
        return eks_of(self.side, environment)

    @cached_property
    def iam(self) -> Any:
        """IAM as the administrator."""
        return self.side.client("iam")

    def role(self, path: str = "/") -> str:
        """Make a role; returns its ARN."""
        made = self.iam.create_role(RoleName=a_name("role"), Path=path, AssumeRolePolicyDocument=TRUST)
        return str(made["Role"]["Arn"])

    def create(self, principal: str, **asked: Any) -> dict[str, Any]:
        """CreateAccessEntry."""
        return dict(self.eks.create_access_entry(clusterName=self.name, principalArn=principal, **asked)["accessEntry"])

    def describe(self, principal: str) -> dict[str, Any]:
        """DescribeAccessEntry."""
        return dict(self.eks.describe_access_entry(clusterName=self.name, principalArn=principal)["accessEntry"])

    def associate(self, principal: str, name: str, **scope: Any) -> dict[str, Any]:
        """AssociateAccessPolicy."""
        answer = self.eks.associate_access_policy(
            clusterName=self.name, principalArn=principal, policyArn=policy(name), accessScope=scope
        )
        return dict(answer["associatedAccessPolicy"])

    def associated(self, principal: str) -> list[dict[str, Any]]:
        """ListAssociatedAccessPolicies."""
        answer = self.eks.list_associated_access_policies(clusterName=self.name, principalArn=principal)
        return list(answer["associatedAccessPolicies"])


def eks_of(side: AwsSide, environment: dict[str, str]) -> Any:
    """EKS with the credentials of an environment; tries once and checks nothing before it is sent."""
    session = session_of(environment)
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return session.client("eks", endpoint_url=side.endpoint_url, config=config)


def refusal(call: Callable[..., Any], *arguments: Any, **asked: Any) -> str:
    """The code and the text with which a call is refused; the code must be one that the operation declares."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **asked)
    error = caught.value
    code = error.response["Error"]["Code"]
    assert code in declared_codes(error.operation_name) | _COMMON
    return f"{code}: {error.response['Error']['Message']}"
