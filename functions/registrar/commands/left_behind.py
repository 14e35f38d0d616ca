"""What a purge leaves for a person to remove: what the registrar itself may not, since it gets in by it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from registrar.commands.tables import Closing
from registrar.marks import MANAGED_BY, controller_group
from registrar.policy import Cluster, Policy
from registrar.rights.rbac import AWS_AUTH, AWS_AUTH_NAMESPACE


def left_behind(cluster: Cluster, policy: Policy, manifests: str, *, entries: bool) -> Iterator[Closing]:
    """By hand, as the cluster's administrator; ``manifests`` is the command line that prints them.

    ``entries``: the cluster has access entries, and the registrar may come in by one. It comes in by nothing where no
    Kubernetes call is made.
    """
    known = cluster in policy.clusters
    if cluster.kubernetes != "none":
        yield Closing(
            f"{cluster.tag}: left for its administrator: the registrar's own rights and the history",
            (f"{manifests} | kubectl delete -f -",) if known else _by_label(policy),
        )
        yield _way_in(cluster, controller_group(policy.installation), entries=entries)
    if known:
        yield Closing(f"{cluster.tag}: at last take it out of {policy.source} and deploy")


def _way_in(cluster: Cluster, group: str, *, entries: bool) -> Closing:
    row = f"kubectl edit configmap {AWS_AUTH} -n {AWS_AUTH_NAMESPACE}"
    left = f"{cluster.tag}: left for its administrator: the registrar's own way in"
    if cluster.registrar_access == "accessEntry":
        return Closing(f"{left}: its access entry goes with the stack, when the cluster is taken out and deployed")
    if not entries:
        return Closing(f"{left}, the row with the group {group}", (row,))
    where = f"--cluster-name {cluster.name} --region {cluster.region}"
    return Closing(
        f"{left}, the access entry of the function's role (`eks-registrar doctor` names it: own access entry), or its "
        f"row in {AWS_AUTH}, with the group {group}",
        (f"aws eks delete-access-entry {where} --principal-arn ARN_OF_THE_FUNCTION_S_ROLE", row),
    )


def _by_label(policy: Policy) -> tuple[str, ...]:
    """The same objects for a cluster of which no manifests can be printed any more."""
    label = f"{MANAGED_BY}={controller_group(policy.installation)}"
    everywhere = "validatingadmissionpolicybindings,validatingadmissionpolicies,clusterrolebindings,clusterroles"
    return (
        f"kubectl delete {everywhere},namespaces -l {label}",
        f"kubectl delete rolebindings,roles -n {AWS_AUTH_NAMESPACE} -l {label}",
    )
