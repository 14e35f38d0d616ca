"""What keeps a foreign row or entry from being adopted at all, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from registrar.adoption.model import Standing
from registrar.adoption.rbac import Rbac
from registrar.desired import node_reason
from registrar.eks_terms import STANDARD
from registrar.marks import is_way_in, owner_of_arn
from registrar.model import SERVICE_LINKED_PATH, PrincipalRef, Role
from registrar.policy import Cluster, Policy

_NODE_GROUPS = ("system:node", "system:bootstrappers")


def known_role(standing: Standing, policy: Policy, cluster: Cluster) -> PrincipalRef | str:
    """The role that it stands for, or why it stands for none that could be adopted."""
    reason = next(_by_itself(standing, policy), None)
    if reason is not None:
        return reason
    ref = owner_of_arn(standing.arn)
    if ref is None:
        return _no_role(standing.arn)
    if ref.account != cluster.account:
        return f"it is of account {ref.account}, and the registrar reads roles of account {cluster.account} alone"
    return ref


def _by_itself(standing: Standing, policy: Policy) -> Iterator[str]:
    if is_way_in(standing.groups, policy.marks):
        yield "it is the registrar's own way in"
    if standing.kind != STANDARD:
        yield f"it is a node's: an access entry of type {standing.kind}"
    nodes = [group for group in standing.groups if group.startswith(_NODE_GROUPS)]
    if nodes:
        yield f"it is a node's: group {nodes[0]}"
    if f":role{SERVICE_LINKED_PATH}" in standing.arn:
        yield "the role is service-linked"


def _no_role(arn: str) -> str:
    if not arn:
        return "it is for every role of a permission set, or for none: give the permission set a rule, then remove it"
    if "*" in arn or "?" in arn:
        return "it is for every role that its pattern matches: tag those roles, then remove it by hand"
    if ":sts:" in arn:
        return "it is for an STS session, and the authenticator looks for roles and users"
    if ":user/" in arn or ":root" in arn:
        return "it is for an IAM user, and the registrar registers roles"
    return "it is not the ARN of a role"


def in_iam(standing: Standing, role: Role, policy: Policy, cluster: Cluster) -> Iterator[str]:
    """What IAM says against it."""
    node = node_reason(role)
    if node is not None and not any(rule.names_exactly(role) for rule in policy.rules_for(role, cluster)):
        yield node
    if standing.created is not None and role.created > standing.created:
        yield (
            "it is dead: the role was made again after it, and EKS does not honour it any more. Delete it; the "
            "registrar makes its own"
        )


def in_rbac(standing: Standing, rbac: Rbac) -> Iterator[str]:
    """The username changes by an adoption, so a binding to the old one would be lost."""
    for binding in rbac.of_user(standing.username):
        yield (
            f"{binding.text} names the user {standing.username}, and the username changes: bind a group in its place, "
            "and put that into the row or entry first"
        )
