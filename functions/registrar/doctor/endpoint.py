"""Can the cluster be reached at all: EKS knows it, its mode fits, TCP and TLS work with the CA that EKS names."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from registrar.doctor.finding import Finding, broken, well
from registrar.eks.client import CONNECT_SECONDS, trust
from registrar.eks.cluster import Endpoint, resolved
from registrar.eks_terms import BOTH, CONFIG_MAP
from registrar.errors import WrongMode
from registrar.policy import Cluster

_PRIVATE = "from outside its VPC a private endpoint cannot be reached: ask the function, with --remote"


def mode(cluster: Cluster, endpoint: Endpoint) -> Finding:
    """EKS's authentication mode against ``backend`` and ``registrarAccess``."""
    where, what, found = f"cluster {cluster.tag}", "authentication mode", endpoint.authentication_mode
    try:
        backend = resolved(cluster, found).backend
    except WrongMode as error:
        return broken(where, what, str(error), "docs/operations.md, WrongMode")
    if cluster.registrar_access == "accessEntry" and found == CONFIG_MAP:
        detail = (
            "registrarAccess: accessEntry, and the mode CONFIG_MAP has no access entries: the registrar cannot get in"
        )
        return broken(where, what, detail, "say registrarAccess: manual, or change the mode to API_AND_CONFIG_MAP")
    followed = f" ({cluster.backend})" if cluster.backend == "auto" else ""
    beside = (
        ": an access entry wins over a row, so both are looked at; one of ours gives way, one of others is a conflict"
        if found == BOTH and backend == "aws-auth"
        else ""
    )
    return well(where, what, f"{found}, backend {backend}{followed}{beside}")


def backend_of(cluster: Cluster, endpoint: Endpoint) -> Cluster | None:
    """The cluster with the backend that its mode comes to; ``None`` where the two do not fit (``mode`` says so)."""
    try:
        return resolved(cluster, endpoint.authentication_mode)
    except WrongMode:
        return None


def not_looked_at(cluster: Cluster) -> Finding:
    """For a cluster that no check calls."""
    return well(f"cluster {cluster.tag}", "endpoint", "kubernetes: none: neither the registrar nor doctor calls it")


def reachable(cluster: Cluster, endpoint: Endpoint) -> Finding:
    """TCP, then TLS."""
    where, what = f"cluster {cluster.tag}", "endpoint"
    parts = urlsplit(endpoint.url)
    host, port = parts.hostname or "", parts.port or 443
    trusted = trust(cluster.tag, endpoint.url, endpoint.ca_pem)
    try:
        raw = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except OSError as error:
        detail = f"no TCP connection to {host}:{port} ({type(error).__name__}: {error})"
        remedy = (
            "look at the network's subnets, routes and security groups (the cluster's must let it in at 443);"
            f" {_PRIVATE}"
        )
        return broken(where, what, detail, remedy)
    try:
        with raw, trusted.wrap_socket(raw, server_hostname=host) as secured:
            return well(where, what, f"{host}:{port} answers with {secured.version()} under the cluster's CA")
    except (OSError, ssl.SSLError) as error:  # a handshake that times out is an OSError
        detail = f"{host}:{port} does not prove itself under the CA that EKS names ({error})"
        remedy = "a proxy or another host answers in its place: look at DNS, the route and any TLS inspection"
        return broken(where, what, detail, remedy)
