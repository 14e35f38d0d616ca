"""Where a cluster is reached: its endpoint, its CA and its authentication mode, by ``DescribeCluster``."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from registrar.eks.aws_errors import code_of, told_as_ours
from registrar.errors import ClusterMissing, NotYetSupported, Unreachable
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
    mode = (found.get("accessConfig") or {}).get("authenticationMode") or "CONFIG_MAP"
    url, ca = found.get("endpoint"), (found.get("certificateAuthority") or {}).get("data")
    if not url or not ca:
        raise Unreachable(
            f"cluster {cluster.tag}: EKS tells no endpoint of {cluster.name} in {cluster.region}, whose status is "
            f"{found.get('status')}; nothing was written, the record returns to the queue"
        )
    return Endpoint(url, base64.b64decode(ca).decode("ascii"), mode)


def require_aws_auth(cluster: Cluster, endpoint: Endpoint) -> None:
    """Raise ``NotYetSupported`` for a cluster that does not read aws-auth, or reads access entries first."""
    if endpoint.authentication_mode == "CONFIG_MAP":
        return
    if endpoint.authentication_mode == "API_AND_CONFIG_MAP" and cluster.backend == "aws-auth":
        return
    raise NotYetSupported(
        f"cluster {cluster.tag}: its authentication mode is {endpoint.authentication_mode}; access entries are not yet "
        f"supported. Nothing was written. (With API_AND_CONFIG_MAP, backend: aws-auth keeps the ConfigMap.)"
    )
