"""The role of a function: what the registrar may do in AWS, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.access_entry_rights import AccessEntryRights as Rights
from infra.acknowledged import acknowledge
from infra.queues import Queues
from infra.tag_guard_document import Document
from registrar.policy import Cluster

_NO_RESOURCE = "ListAccessPolicies knows no resource (service authorization reference): it names AWS's own policies"
_ANY_ENTRY = (
    "The ARN of an entry ends in a UUID that EKS chooses. Any entry may be read; any further right has conditions on"
    " the entry's mark, form and groups"
)


class RegistrarRole(Construct):
    """Reads roles of its own account, finds its clusters, works its queue and writes its log.

    The right to write traces is added with the function. No right in AWS lets it into a cluster: that is the cluster's
    to give (``cluster_access.py``).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        partition: str,
        clusters: Sequence[Cluster],
        queues: Queues,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            role_name=name,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="eks-registrar: reads IAM roles, finds its clusters, works its queue",
        )
        every_role = f"arn:{partition}:iam::{clusters[0].account}:role/*"
        for sid, action, resources in (
            ("ReadRoles", "iam:GetRole", [every_role]),
            ("ReadAllRoles", "iam:GetAccountAuthorizationDetails", ["*"]),
            ("FindClusters", "eks:DescribeCluster", [_arn(partition, cluster) for cluster in clusters]),
        ):
            self.role.add_to_policy(iam.PolicyStatement(sid=sid, actions=[action], resources=resources))
        queues.queue.grant_consume_messages(self.role)
        queues.dead_letters.grant_send_messages(self.role)
        # A complete sweep has settled what lies there from before.
        queues.dead_letters.grant(self.role, "sqs:ReceiveMessage", "sqs:DeleteMessage")
        log_group.grant_write(self.role)
        acknowledge(
            self.role.node.find_child("DefaultPolicy"),
            {
                f"AwsSolutions-IAM5[Resource::{every_role}]": "Any role may be tagged, so any role must be readable;"
                " GetRole only reads, and only roles of this account",
                "AwsSolutions-IAM5[Resource::*]": "Only what knows no resources (service authorization reference): the"
                " two actions that write X-Ray's traces, and GetAccountAuthorizationDetails, by which the sweep reads"
                " all roles in pages",
            },
        )


class AccessEntryRights(Construct):
    """What the role may do to the access entries of its clusters.

    The first policy is the role's own, what does not fit into it stands in managed policies. They are attached one
    after the other, those that deny first. Raises ConfigurationError, as ``access_entry_rights.py`` does.
    """

    def __init__(self, scope: Construct, construct_id: str, *, rights: Rights, role: iam.IRole) -> None:
        super().__init__(scope, construct_id)
        made = [self._policy(number, document, role) for number, document in enumerate(rights.documents(), start=1)]
        for earlier, later in pairwise(made):
            later.add_dependency(earlier)

    def _policy(self, number: int, document: Document, role: iam.IRole) -> cdk.CfnResource:
        name, roles = f"Policy{number}", [role.role_name]
        policy: cdk.CfnResource
        if number == 1:
            policy = iam.CfnPolicy(self, name, policy_name="AccessEntries", policy_document=document, roles=roles)
        else:
            description = f"eks-registrar: access entries (part {number})"
            policy = iam.CfnManagedPolicy(self, name, description=description, policy_document=document, roles=roles)
        allowed = [arn for each in document["Statement"] if each["Effect"] == "Allow" for arn in each["Resource"]]
        reasons = {arn: _NO_RESOURCE if arn == "*" else _ANY_ENTRY for arn in allowed if "*" in arn}
        acknowledge(policy, {f"AwsSolutions-IAM5[Resource::{arn}]": reason for arn, reason in reasons.items()})
        return policy


def _arn(partition: str, cluster: Cluster) -> str:
    return f"arn:{partition}:eks:{cluster.region}:{cluster.account}:cluster/{cluster.name}"
