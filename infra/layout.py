"""``Policy`` → what is deployed where: a hub beside the clusters, a forwarder where IAM's events appear. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from infra.partitions import partition_of
from registrar.errors import ConfigurationError
from registrar.event_pattern import IAM_EVENT_REGIONS
from registrar.policy import Cluster, Network, Policy


@dataclass(frozen=True)
class NetworkPart:
    """The clusters of a hub that one function reaches. ``network`` is ``None`` for the public one."""

    name: str
    network: Network | None
    clusters: tuple[Cluster, ...]


@dataclass(frozen=True)
class Hub:
    """What stands in a region beside its clusters. ``forwarded``: IAM's events must be sent to it from another one."""

    account: str
    region: str
    partition: str
    forwarded: bool
    parts: tuple[NetworkPart, ...]

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """All clusters of the region."""
        return tuple(cluster for part in self.parts for cluster in part.clusters)


@dataclass(frozen=True)
class Layout:
    """Everything that is deployed. ``home`` is the region in which IAM's events appear."""

    account: str
    home: str
    hubs: tuple[Hub, ...]

    @property
    def forwarded(self) -> tuple[Hub, ...]:
        """The hubs that need a forwarder."""
        return tuple(hub for hub in self.hubs if hub.forwarded)


def layout_of(policy: Policy) -> Layout:
    """The layout for a policy.

    Raises ConfigurationError if the clusters are in two partitions (an account is in one), or in one whose home region
    is not known.
    """
    account = policy.clusters[0].account  # one account for all: configuration.py refuses a second one
    partition = _partition(policy)
    home = IAM_EVENT_REGIONS.get(partition)
    if home is None:
        cluster, known = policy.clusters[0], ", ".join(IAM_EVENT_REGIONS)
        raise ConfigurationError(
            f"{policy.source}: cluster {cluster.tag}: region {cluster.region!r} is not yet supported: in which region"
            f" IAM's events appear is known for {known}, not for {partition}"
        )
    regions = tuple(dict.fromkeys(cluster.region for cluster in policy.clusters))
    hubs = tuple(Hub(account, region, partition, region != home, _parts(policy, region)) for region in regions)
    return Layout(account, home, hubs)


def _partition(policy: Policy) -> str:
    first, *others = policy.clusters
    for other in others:
        if partition_of(other.region) != partition_of(first.region):
            raise ConfigurationError(
                f"{policy.source}: cluster {other.tag}: got region {other.region!r}, expected one of the partition"
                f" {partition_of(first.region)}, as that of cluster {first.tag}: an account is in one partition"
            )
    return partition_of(first.region)


def _parts(policy: Policy, region: str) -> tuple[NetworkPart, ...]:
    here = [cluster for cluster in policy.clusters if cluster.region == region]
    networks = {network.name: network for network in policy.networks}
    return tuple(
        NetworkPart(name, networks.get(name), tuple(cluster for cluster in here if cluster.network == name))
        for name in dict.fromkeys(cluster.network for cluster in here)
    )
