"""The registrar put together from the real things: boto3 clients, tokens, Kubernetes connections.

Nothing is made at import; what is made lives as long as the process, so that warm invocations reuse connections.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from registrar.eks.access_entries import EntriesApi
from registrar.eks.client import Kubernetes
from registrar.eks.cluster import Endpoint, describe, resolved
from registrar.eks.many_entries import PACED
from registrar.eks.token import TokenSource
from registrar.eks_terms import API, BOTH
from registrar.marks import Marks
from registrar.policy import Cluster, Policy
from registrar.reconcile import Runtime
from registrar.service import Registrar
from registrar.sinks.access_entries import AccessEntries
from registrar.sinks.aws_auth import AwsAuthConfigMap
from registrar.sinks.both_places import BothPlaces
from registrar.sinks.history import HistoryConfigMaps
from registrar.sinks.no_bindings import NoBindings
from registrar.sinks.rbac import RbacBindings
from registrar.situation import ClusterAccess
from registrar.sources.iam import IamRoles

# An endpoint never changes, a CA hardly ever.
DESCRIBE_AGAIN_SECONDS = 300
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0

AWS_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


@dataclass(frozen=True)
class _Opened:
    """A cluster as EKS described it at a time (of the monotonic clock, in seconds), and what was made of that."""

    at: float
    endpoint: Endpoint
    access: ClusterAccess

    @property
    def is_fresh(self) -> bool:
        """Whether EKS need not be asked again.

        It must be where its authentication mode can still change (it never goes back): by a mode of before, a
        revocation would remove the row and leave the entry that wins over it.
        """
        return self.endpoint.authentication_mode == API and time.monotonic() - self.at < DESCRIBE_AGAIN_SECONDS


@dataclass
class ClusterDoor:
    """Opens clusters: asks EKS where they are, and keeps connections and tokens while they are good."""

    session: boto3.Session
    marks: Marks
    _opened: dict[str, _Opened] = field(default_factory=dict)

    def open(self, cluster: Cluster) -> ClusterAccess:
        """Reach a cluster. Raises what ``describe`` and ``resolved`` raise."""
        opened = self._opened.get(cluster.tag)
        if opened is not None and opened.is_fresh:
            return opened.access
        endpoint = self.describe(cluster)
        if opened is not None and opened.endpoint == endpoint:
            access = opened.access
        else:
            access = self._connect(resolved(cluster, endpoint.authentication_mode), endpoint)
        self._opened[cluster.tag] = _Opened(time.monotonic(), endpoint, access)
        return access

    def describe(self, cluster: Cluster) -> Endpoint:
        """What EKS says about a cluster."""
        return describe(client(self.session, "eks", cluster.region), cluster)

    def _connect(self, cluster: Cluster, endpoint: Endpoint) -> ClusterAccess:
        if cluster.kubernetes == "none":
            return ClusterAccess(cluster, self._entries(cluster), NoBindings(cluster.tag))
        tokens = TokenSource(self.session, cluster.name, cluster.region)
        kubernetes = Kubernetes.connect(cluster.tag, endpoint.url, endpoint.ca_pem, tokens)
        bindings = RbacBindings(kubernetes, self.marks)
        history = HistoryConfigMaps(kubernetes, self.marks, _now)
        by_rows = cluster.backend == "aws-auth"
        if endpoint.authentication_mode == BOTH:
            rows = AwsAuthConfigMap(kubernetes, self.marks, history, beside_entries=True)
            both = BothPlaces(self._entries(cluster), rows, self.marks, by_entries=not by_rows)
            return ClusterAccess(cluster, both, bindings, both.remember)
        if by_rows:
            aws_auth = AwsAuthConfigMap(kubernetes, self.marks, history)
            return ClusterAccess(cluster, aws_auth, bindings, aws_auth.remember)
        entries = self._entries(cluster, history)
        return ClusterAccess(cluster, entries, bindings, entries.remember)

    def _entries(self, cluster: Cluster, history: HistoryConfigMaps | None = None) -> AccessEntries:
        api = EntriesApi(client(self.session, "eks", cluster.region, PACED), cluster)
        return AccessEntries(api, self.marks, _now, clock_and_pause().pause, history)


def _now() -> datetime:
    return datetime.now(UTC)


def registrar_of(policy: Policy, network: str | None, session: boto3.Session) -> Registrar:
    """The registrar for the clusters of one network, or of all (``None``, for the command line)."""
    clusters = tuple(c for c in policy.clusters if network in (None, c.network))
    door = ClusterDoor(session, policy.marks)
    return Registrar(policy, clusters, door.open, IamRoles(client(session, "iam", None)), clock_and_pause())


def client(session: boto3.Session, service: str, region: str | None, config: Config | None = None) -> Any:
    """A boto3 client with a timeout on everything."""
    make: Any = session.client  # the stubs know each service by a literal name
    return make(service, region_name=region, config=AWS_CONFIG.merge(config) if config else AWS_CONFIG)


def clock_and_pause() -> Runtime:
    """The real time and a real pause: full jitter, from 50 ms doubling to 2 s.

    The randomness is the operating system's: the state of ``random`` would be in a SnapStart snapshot, the same in
    every copy.
    """
    dice = random.SystemRandom()

    def pause(number: int) -> None:
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**number)
        time.sleep(dice.uniform(0, longest))

    return Runtime(now=_now, pause=pause)
