"""What a purge leaves for a person to remove: what the registrar itself may not, since it gets in by it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from registrar.commands.tables import Closing
from registrar.marks import MANAGED_BY, controller_group
from registrar.policy import Cluster, Policy
from registrar.rights.rbac import AWS_AUTH, AWS_AUTH_NAMESPACE


def left_behind(cluster: Cluster, policy: Policy, manifests: str) -> Iterator[Closing]:
    """By hand, as the cluster's administrator; ``manifests`` is the command line that prints them."""
    known = cluster in policy.clusters
    yield Closing(
        f"{cluster.tag}: left for its administrator: the registrar's own rights and the history of aws-auth",
        (f"{manifests} | kubectl delete -f -",) if known else _by_label(policy),
    )
    group = controller_group(policy.installation)
    yield Closing(
        f"{cluster.tag}: left for its administrator: the registrar's own way in, the row with the group {group}",
        (f"kubectl edit configmap {AWS_AUTH} -n {AWS_AUTH_NAMESPACE}",),
    )
    if known:
        yield Closing(f"{cluster.tag}: at last take it out of {policy.source} and deploy")


def _by_label(policy: Policy) -> tuple[str, ...]:
    """The same objects for a cluster of which no manifests can be printed any more."""
    label = f"{MANAGED_BY}={controller_group(policy.installation)}"
    everywhere = "validatingadmissionpolicybindings,validatingadmissionpolicies,clusterrolebindings,clusterroles"
    return (
        f"kubectl delete {everywhere},namespaces -l {label}",
        f"kubectl delete rolebindings,roles -n {AWS_AUTH_NAMESPACE} -l {label}",
    )
