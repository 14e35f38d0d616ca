"""The registrar's own way into a cluster: an access entry, or the exact words for a person who gives it by hand."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_eks as eks
from constructs import Construct

from registrar.eks_terms import API, BOTH, CONFIG_MAP
from registrar.marks import MANAGED_BY, SESSION, controller_group
from registrar.policy import Cluster


class ClusterAccess(Construct):
    """Authentication only: what the group may do comes from ``eks-registrar manifests``, which an admin applies.

    A cluster with ``kubernetes: none`` gets nothing: no Kubernetes call is made there.
    An access entry works in a cluster whose authentication mode is ``API`` or ``API_AND_CONFIG_MAP``, a row where it is
    ``CONFIG_MAP``: with ``backend: auto`` nobody knows here which it is, so both are said.
    Source: https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: Cluster, installation: str, role_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        group = controller_group(installation)
        if cluster.kubernetes == "none":
            return
        if cluster.registrar_access == "accessEntry":
            self._entry(cluster, group, role_arn)
            return
        if cluster.backend != "aws-auth":
            self._entry_by_hand(cluster, group, role_arn)
        if cluster.backend != "access-entries":
            self._row_by_hand(cluster, group, role_arn)

    def _entry(self, cluster: Cluster, group: str, role_arn: str) -> None:
        eks.CfnAccessEntry(
            self,
            "Entry",
            cluster_name=cluster.name,
            principal_arn=role_arn,
            type="STANDARD",
            username=f"{group}:{SESSION}",
            kubernetes_groups=[group],
            tags=[cdk.CfnTag(key=MANAGED_BY, value=group)],
        )

    def _entry_by_hand(self, cluster: Cluster, group: str, role_arn: str) -> None:
        made = f"--type STANDARD --username '{group}:{SESSION}' --kubernetes-groups {group} --tags {MANAGED_BY}={group}"
        named = f"--region {cluster.region} --cluster-name {cluster.name} --principal-arn {role_arn}"
        cdk.CfnOutput(
            self,
            "EntryByHand",
            description=f"{_lets_in(cluster, API, BOTH)}: make the access entry",
            value=f"aws eks create-access-entry {named} {made}",
        )

    def _row_by_hand(self, cluster: Cluster, group: str, role_arn: str) -> None:
        row = json.dumps({"rolearn": role_arn, "username": f"{group}:{SESSION}", "groups": [group]})
        cdk.CfnOutput(
            self,
            "RowByHand",
            description=f"{_lets_in(cluster, CONFIG_MAP)}: add the row to mapRoles of aws-auth",
            value=f"kubectl -n kube-system edit configmap aws-auth   # under mapRoles: - {row}",
        )


def _lets_in(cluster: Cluster, *modes: str) -> str:
    condition = f", if its authentication mode is {' or '.join(modes)}" if cluster.backend == "auto" else ""
    return f"Lets the registrar into cluster {cluster.tag}{condition}"
