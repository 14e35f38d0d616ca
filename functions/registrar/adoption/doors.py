"""Everything that an adoption reads and writes, under the caller's identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import boto3

from registrar.eks.access_entries import EntriesApi
from registrar.eks.client import Kubernetes
from registrar.eks.many_entries import PACED
from registrar.eks_terms import API, CONFIG_MAP
from registrar.marks import Marks
from registrar.policy import Cluster, Policy
from registrar.sinks.aws_auth import AwsAuthConfigMap
from registrar.sinks.history import HistoryConfigMaps
from registrar.sinks.rbac import RbacBindings
from registrar.sources.iam import IamRoles
from registrar.wiring import client


@dataclass(frozen=True)
class Doors:
    """One cluster, whose ``backend`` is the one that its mode comes to.

    ``rows`` are ``None`` where the mode has no aws-auth, ``entries`` where it has no access entries. ``kubernetes`` is
    ``None`` (and with it what is kept in Kubernetes) in a cluster with ``kubernetes: none``.
    """

    policy: Policy
    cluster: Cluster
    roles: IamRoles
    kubernetes: Kubernetes | None
    rows: AwsAuthConfigMap | None
    entries: EntriesApi | None

    @property
    def marks(self) -> Marks:
        """By what we know what is ours."""
        return self.policy.marks

    @property
    def by_entries(self) -> bool:
        """Whether access is given by access entries in this cluster."""
        return self.cluster.backend == "access-entries"

    @property
    def bindings(self) -> RbacBindings | None:
        """The bindings, by the code that makes the registrar's."""
        return None if self.kubernetes is None else RbacBindings(self.kubernetes, self.marks)


def doors(policy: Policy, cluster: Cluster, mode: str, session: boto3.Session, kubernetes: Kubernetes | None) -> Doors:
    """The doors of a cluster of that ``authenticationMode``."""
    rows = None
    if kubernetes is not None and mode != API:
        history = HistoryConfigMaps(kubernetes, policy.marks, lambda: datetime.now(UTC))
        rows = AwsAuthConfigMap(kubernetes, policy.marks, history, beside_entries=mode != CONFIG_MAP)
    entries = None if mode == CONFIG_MAP else EntriesApi(client(session, "eks", cluster.region, PACED), cluster)
    return Doors(policy, cluster, IamRoles(client(session, "iam", None)), kubernetes, rows, entries)
