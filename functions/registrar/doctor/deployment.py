"""What is deployed where, as far as ``doctor`` must know it: one function for each network of each region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from registrar.eks.many_entries import PACED
from registrar.event_pattern import IAM_EVENT_REGIONS
from registrar.policy import Cluster, Policy

AWS_ERRORS = (ClientError, BotoCoreError, ResponseParserError)
"""What a call raises: AWS said no, nobody answered, or something on the way answered in its place."""

# One try each: who waits for a diagnosis does not want to wait for what does not answer.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})


@dataclass
class Aws:
    """AWS as the caller's credentials reach it, and the clock of this machine."""

    session: boto3.Session
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _clients: dict[tuple[str, str, bool], Any] = field(default_factory=dict)

    def client(self, service: str, region: str, *, paced: bool = False) -> Any:
        """A client that gives up soon; a ``paced`` one, for thousands of calls, slows down when AWS asks it to."""
        key = (service, region, paced)
        if key not in self._clients:
            make: Any = self.session.client  # the stubs know each service by a literal name
            self._clients[key] = make(service, region_name=region, config=_CONFIG.merge(PACED) if paced else _CONFIG)
        return self._clients[key]

    def identity(self, region: str) -> dict[str, Any]:
        """``sts:GetCallerIdentity``, which needs no permission."""
        answer: dict[str, Any] = self.client("sts", region).get_caller_identity()
        return answer


@dataclass(frozen=True)
class Deployment:
    """The function of one network in one region, with the clusters that it serves."""

    aws: Aws
    policy: Policy
    region: str
    network: str
    function: str
    clusters: tuple[Cluster, ...]

    @property
    def where(self) -> str:
        """For findings."""
        return f"{self.region} {self.function}"

    @property
    def accounts(self) -> tuple[str, ...]:
        """Whose IAM events count."""
        return tuple(sorted({cluster.account for cluster in self.policy.clusters}))

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn``, …"""
        return str(self.aws.session.get_partition_for_region(self.region))

    @property
    def home(self) -> str:
        """The region in which IAM's events appear; for a partition that is not known, this one."""
        return IAM_EVENT_REGIONS.get(self.partition, self.region)

    def role_arn(self) -> str:
        """The ARN of the function's role, by ``GetFunctionConfiguration``. Raises ``AWS_ERRORS``."""
        return str(self.client("lambda").get_function_configuration(FunctionName=self.function)["Role"])

    def client(self, service: str, region: str | None = None) -> Any:
        """A client in this region, or another."""
        return self.aws.client(service, region or self.region)


def function_name(installation: str, network: str) -> str:
    """The name that the CDK app gives to the function of a network (``infra/names.py``)."""
    return f"{installation}-{network}"


def schedule_group(installation: str, network: str) -> str:
    """The name that the CDK app gives to the group of the schedules of a network (``infra/names.py``)."""
    return f"{installation}-{network}"


def stack_name(installation: str, region: str) -> str:
    """The name of the stack beside the clusters of a region (``infra/names.py``)."""
    return f"{installation}-{region}"


def deployments(aws: Aws, policy: Policy, clusters: Sequence[Cluster], function: str | None) -> tuple[Deployment, ...]:
    """The deployments that serve these clusters. ``function`` is another name than the CDK app's."""
    places = dict.fromkeys((cluster.region, cluster.network) for cluster in clusters)
    return tuple(
        Deployment(
            aws=aws,
            policy=policy,
            region=region,
            network=network,
            function=function or function_name(policy.installation, network),
            clusters=tuple(c for c in clusters if (c.region, c.network) == (region, network)),
        )
        for region, network in places
    )
