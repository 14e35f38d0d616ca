"""``Policy`` → what is deployed where: a hub beside the clusters, a forwarder where IAM's events appear. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.event_pattern import IAM_EVENT_REGIONS
from registrar.partitions import partition_of
from registrar.policy import Cluster, Network, Policy
from registrar.requests import accounts_concerned


@dataclass(frozen=True)
class NetworkPart:
    """The clusters of a hub that one function reaches. ``network`` is ``None`` for the public one.

    ``accounts`` are those whose principals can have anything in these clusters: each is swept.
    """

    name: str
    network: Network | None
    clusters: tuple[Cluster, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Hub:
    """What stands in a region beside its clusters. ``forwarded``: IAM's events must be sent to it from another one."""

    installation: str
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
    """The layout for a policy. All its clusters are in one account and one partition: configuration.py sees to it."""
    account, partition = policy.clusters[0].account, partition_of(policy.clusters[0].region)
    home = IAM_EVENT_REGIONS[partition]
    regions = tuple(dict.fromkeys(cluster.region for cluster in policy.clusters))
    hubs = tuple(
        Hub(policy.installation, account, region, partition, region != home, _parts(policy, region))
        for region in regions
    )
    return Layout(account, home, hubs)


def _parts(policy: Policy, region: str) -> tuple[NetworkPart, ...]:
    here = [cluster for cluster in policy.clusters if cluster.region == region]
    networks = {network.name: network for network in policy.networks}
    by_network = {
        name: tuple(cluster for cluster in here if cluster.network == name)
        for name in dict.fromkeys(cluster.network for cluster in here)
    }
    return tuple(
        NetworkPart(name, networks.get(name), clusters, accounts_concerned(policy, clusters))
        for name, clusters in by_network.items()
    )
