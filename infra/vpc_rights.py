"""What a function in a VPC needs beside: its network interfaces."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.acknowledged import acknowledge

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


class VpcRights(Construct):
    """Lets Lambda handle network interfaces in the role's name, and forbids the same to the function's own code."""

    def __init__(self, scope: Construct, construct_id: str, *, role: iam.IRole, function_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.policy = iam.Policy(
            self,
            "Policy",
            roles=[role],
            statements=[
                iam.PolicyStatement(sid="HandleInterfaces", actions=list(INTERFACES), resources=["*"]),
                iam.PolicyStatement(
                    sid="ButNotTheCodeItself",
                    effect=iam.Effect.DENY,
                    actions=list(INTERFACES),
                    resources=["*"],
                    conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
                ),
            ],
        )
        acknowledge(
            self.policy,
            {
                "AwsSolutions-IAM5[Resource::*]": "Lambda checks these actions on * before it makes a function in a"
                " VPC; the function's own code is denied them"
            },
        )
