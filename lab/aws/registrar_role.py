"""The registrar's own role in AWS: who may assume it and what it may do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lab.aws.account import Account

ROLE_NAME = "eks-registrar"
TRUST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ACTIONS = (
    # What the function reads.
    "iam:GetRole",
    "iam:GetAccountAuthorizationDetails",
    "eks:DescribeCluster",
    # What the function does with records that it will never retry, or retries sooner.
    "sqs:SendMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    # What Lambda's event source mapping does in the role's name:
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}]}


def create(account: Account, more_rights: Sequence[Mapping[str, Any]]) -> None:
    """Make the role with its policy; of ``more_rights`` the first becomes one of its own, the others managed ones.

    So does the stack (``infra/rights.py``).
    """
    iam = account.client("iam")
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName=ROLE_NAME, PolicyDocument=json.dumps(POLICY))
    give(account, more_rights)


def give(account: Account, more_rights: Sequence[Mapping[str, Any]]) -> None:
    """Give the role rights beside what it always has, in place of those that were given before."""
    iam = account.client("iam")
    for given in iam.list_attached_role_policies(RoleName=ROLE_NAME)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE_NAME, PolicyArn=given["PolicyArn"])
        iam.delete_policy(PolicyArn=given["PolicyArn"])
    for number, document in enumerate(more_rights, start=1):
        if number == 1:
            iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="AccessEntries", PolicyDocument=json.dumps(document))
            continue
        name = f"{ROLE_NAME}-access-entries-{number}"
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]
        iam.attach_role_policy(RoleName=ROLE_NAME, PolicyArn=made["Arn"])
