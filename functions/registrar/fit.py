"""Which grants a cluster can have at all, whatever its rules say, and what would serve in place of the others. Pure.

A grant never means something else on another cluster: what cannot be given as it is meant is refused, not translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registrar.grants import Grant, GrantKind
from registrar.policy import Cluster

WITH_CUSTOM_RESOURCES: Final = frozenset({"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminViewPolicy"})
"""The access policies that name all resources; the others list theirs one by one.

Source: EKS user guide, "Review access policy permissions".
"""

NEAREST: Final[Mapping[str, str]] = {
    "view": "AmazonEKSViewPolicy",
    "edit": "AmazonEKSEditPolicy",
    "admin": "AmazonEKSAdminPolicy",
    "cluster-admin": "AmazonEKSClusterAdminPolicy",
}
"""By ClusterRole, the access policy that AWS made after it (the same page)."""


def unfit(grant: Grant, cluster: Cluster) -> str | None:
    """Why no rule whatever can allow a grant in this cluster, and what would serve; ``None`` if one could."""
    if grant.kind is GrantKind.POLICY and cluster.backend != "access-entries":
        return (
            f"an EKS access policy needs access entries, and cluster {cluster.tag} uses aws-auth: ask for a ClusterRole"
            f" or a group, or move the cluster (eks-registrar migrate --cluster {cluster.tag} says how)"
        )
    if grant.kind is GrantKind.CLUSTER_ROLE and cluster.kubernetes == "none":
        served = [*_near(grant), "group=NAME, a group that somebody else binds there"]
        return (
            f"cluster {cluster.tag} has kubernetes: none, so no ClusterRole can be bound there; what would serve:"
            f" {', or '.join(served)}"
        )
    return None


def lacking(grant: Grant) -> str | None:
    """What a person would miss who takes an access policy for the ClusterRole of that name; ``None`` if nothing."""
    if grant.kind is not GrantKind.POLICY or grant.name in WITH_CUSTOM_RESOURCES:
        return None
    return f"{grant.name} is fixed by EKS and leaves custom resources out"


def _near(grant: Grant) -> list[str]:
    if grant.name not in NEAREST:
        return []
    policy = Grant(GrantKind.POLICY, NEAREST[grant.name], grant.namespace)
    return [f"{policy.text} (not the same: it leaves custom resources out)" if lacking(policy) else policy.text]
