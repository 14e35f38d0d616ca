"""Where a cluster is reached: its endpoint, its CA and its authentication mode, by ``DescribeCluster``."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from registrar.eks.aws_errors import code_of, told_as_ours
from registrar.eks_terms import API, BOTH, CONFIG_MAP
from registrar.errors import ClusterMissing, Unreachable, WrongMode
from registrar.policy import Cluster


@dataclass(frozen=True)
class Endpoint:
    """``url`` of the API server, its CA as PEM, and EKS's ``authenticationMode``."""

    url: str
    ca_pem: str
    authentication_mode: str


def describe(eks: Any, cluster: Cluster) -> Endpoint:
    """Ask EKS for the cluster. Raises ``ClusterMissing``, ``Throttled``, ``SourceDenied``, ``Unreachable``.

    A cluster from before access entries has no ``accessConfig``: its mode is CONFIG_MAP (EKS API reference,
    AccessConfigResponse). One that is being created has neither endpoint nor CA yet (DescribeCluster).
    """
    with told_as_ours(
        f"cluster {cluster.tag}: eks:DescribeCluster {cluster.name} in {cluster.region}; nothing written"
    ):
        try:
            found = eks.describe_cluster(name=cluster.name)["cluster"]
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            raise ClusterMissing(
                f"cluster {cluster.tag}: EKS knows no cluster {cluster.name} in {cluster.region}; nothing was written. "
                f"Correct its name or region in registrar.yaml, or take it out"
            ) from error
    mode = (found.get("accessConfig") or {}).get("authenticationMode") or CONFIG_MAP
    url, ca = found.get("endpoint"), (found.get("certificateAuthority") or {}).get("data")
    if not url or not ca:
        raise Unreachable(
            f"cluster {cluster.tag}: EKS tells no endpoint of {cluster.name} in {cluster.region}, whose status is "
            f"{found.get('status')}; nothing was written, the record returns to the queue"
        )
    return Endpoint(url, base64.b64decode(ca).decode("ascii"), mode)


def resolved(cluster: Cluster, mode: str) -> Cluster:
    """The cluster with the backend that its authentication mode comes to. Raises ``WrongMode``.

    ``auto`` follows the mode (EKS user guide, "Set the cluster authentication mode"). A mode goes one way: CONFIG_MAP,
    API_AND_CONFIG_MAP, API.
    """
    backend = cluster.backend
    if backend == "auto":
        backend = "aws-auth" if mode == CONFIG_MAP else "access-entries"
    wrong = _why_wrong(cluster, backend, mode)
    if wrong is not None:
        raise WrongMode(f"cluster {cluster.tag}: its authentication mode is {mode}, {wrong}. Nothing was written")
    return replace(cluster, backend=backend)


def _why_wrong(cluster: Cluster, backend: str, mode: str) -> str | None:
    if backend == "aws-auth" and mode == API:
        return "which does not read aws-auth: say backend: auto (or access-entries) in registrar.yaml and deploy"
    if backend == "access-entries" and mode == CONFIG_MAP:
        return f"which does not read access entries: say backend: auto in registrar.yaml, or {_switch(cluster, BOTH)}"
    if cluster.kubernetes == "none" and mode != API:
        return (
            f"by which aws-auth is read too, and with kubernetes: none it cannot be looked at: a row in it may give "
            f"access that nobody sees. Say kubernetes: managed, or {_switch(cluster, API)} (there is no way back; "
            f"eks-registrar migrate --cluster {cluster.tag} says who would be shut out)"
        )
    return None


def _switch(cluster: Cluster, mode: str) -> str:
    return (
        f"aws eks update-cluster-config --name {cluster.name} --region {cluster.region} "
        f"--access-config authenticationMode={mode}"
    )
