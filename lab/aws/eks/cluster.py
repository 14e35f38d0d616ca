"""A cluster as moto keeps it: its mode is read and changed on moto's own object, which DescribeCluster shows."""

from dataclasses import dataclass
from typing import Any

from moto.eks.models import eks_backends

from lab.aws.eks.errors import EksError, absent
from lab.aws.facts import partition_of

CONFIG_MAP = "CONFIG_MAP"
_NEEDS_THE_API = (
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
)


@dataclass(frozen=True)
class ClusterKey:
    """Where a cluster is."""

    account: str
    region: str
    name: str

    @property
    def partition(self) -> str:
        """The AWS partition."""
        return partition_of(self.region)

    def arn(self, kind: str = "cluster", rest: str = "") -> str:
        """The ARN of the cluster, or of another kind of resource that begins with its name."""
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:{kind}/{self.name}{rest}"


@dataclass(frozen=True)
class Cluster:
    """A cluster that exists; ``moto`` is moto's object."""

    key: ClusterKey
    moto: Any

    @classmethod
    def find(cls, operation: str, key: ClusterKey) -> "Cluster":
        """The cluster.

        Raises:
            EksError: ``ResourceNotFoundException`` (or what the operation declares for it).

        """
        found = eks_backends[key.account][key.region].clusters.get(key.name)
        if found is None:
            raise absent(operation, f"No cluster found for name: {key.name}.")
        return cls(key, found)

    def settle(self) -> None:
        """Let moto's DescribeCluster tell the mode of a cluster that a caller made, which moto does not know."""
        self.moto.access_config = {"authenticationMode": self.mode}

    @property
    def mode(self) -> str:
        """``CONFIG_MAP`` (the default of CreateCluster), ``API_AND_CONFIG_MAP`` or ``API``."""
        config = getattr(self.moto, "access_config", {})
        return str(config.get("authenticationMode", CONFIG_MAP))

    def require_access_entries(self) -> None:
        """Refuse where the mode knows no access entries."""
        if self.mode == CONFIG_MAP:
            raise EksError("InvalidRequestException", _NEEDS_THE_API)

    def begin_update(self) -> None:
        """The cluster's status while its mode changes."""
        self.moto.status = "UPDATING"

    def end_update(self, mode: str | None) -> None:
        """Active again, in the new mode unless that failed (None)."""
        if mode is not None:
            self.moto.access_config = {"authenticationMode": mode}
        self.moto.status = "ACTIVE"
