"""What `eks:DescribeCluster` says of the lab's clusters."""

import base64

import pytest
from aws_support import ACCOUNT, CLUSTER, Lab

from lab.aws.side import AwsSide


def test_a_cluster_is_described_with_its_real_endpoint_authority_and_mode(lab: Lab) -> None:
    """The three facts that a client needs."""
    cluster = lab.side.client("eks").describe_cluster(name=CLUSTER)["cluster"]
    assert cluster["endpoint"] == "https://127.0.0.1:6443"
    assert base64.b64decode(cluster["certificateAuthority"]["data"]).decode() == lab.ca.cert_pem
    assert cluster["accessConfig"] == {"authenticationMode": "CONFIG_MAP"}
    assert cluster["arn"] == f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/{CLUSTER}"
    assert cluster["status"] == "ACTIVE"


def test_a_cluster_of_another_account_or_an_unknown_one_is_not_found(side: AwsSide) -> None:
    """DescribeCluster knows the caller's account and region only."""
    eks = side.client("eks")
    for name in ("other", "unknown"):
        with pytest.raises(eks.exceptions.ResourceNotFoundException):
            eks.describe_cluster(name=name)


def test_the_registrars_role_can_be_assumed_by_lambda(side: AwsSide) -> None:
    """The role is made with the side."""
    role = side.client("iam").get_role(RoleName="eks-registrar")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
