"""The reading of a sweep over many access entries: what it asks of EKS, and how long that takes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.stage import TRUST
from bench.table import Table
from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.network import Network
from lab.sessions import session_of
from lab.settings import ACCOUNT, CLUSTER
from registrar.eks.access_entries import EntriesApi
from registrar.eks.many_entries import PACED
from registrar.eks_terms import access_policy_arn
from registrar.marks import entry_for, entry_tags
from registrar.sinks.access_entries import AccessEntries
from registrar.sources.iam import role_from
from registrar.wiring import AWS_CONFIG

ENTRIES = 1_000
ONE_IN = 10
DELAY_MS = 40
RATE = 20
COLUMNS = ("how", "EKS takes", "calls", "of them refused", "seconds")
MEANING = (
    f"A cluster with {ENTRIES:,} access entries of ours, every {ONE_IN}th with an access policy. Each call of EKS is "
    f"made to take {DELAY_MS} ms more than the lab's EKS needs, as a network would. Where EKS takes no more than so "
    "many calls a second, others are refused as throttled, and botocore's adaptive mode finds the pace. 'As a sweep "
    "reads' is several at once, and policies by lists of who has one."
)


@dataclass(frozen=True)
class ManyEntries:
    """A lab whose cluster is of mode ``API``, with the entries in it."""

    lab: LocalEks

    @classmethod
    def set(cls, lab: LocalEks) -> ManyEntries:
        """Make the roles and their entries."""
        made = cls(lab)
        for number in range(ENTRIES):
            made.make(number)
        return made

    def make(self, number: int) -> None:
        """Make a role and its entry, as the registrar makes it."""
        iam, eks = self.lab.aws.client("iam"), self.lab.aws.client("eks")
        found = iam.create_role(RoleName=f"bench-{number:04d}", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        role, installation = role_from(found, ACCOUNT), self.lab.policy.installation
        row = entry_for(role, (f"{installation}:view",), (), installation)
        named = {"clusterName": CLUSTER, "principalArn": row.arn}
        asked = {"username": row.username, "kubernetesGroups": list(row.groups)}
        eks.create_access_entry(**named, **asked, tags=entry_tags(role.role_id, installation))
        if number % ONE_IN == 0:
            policy = access_policy_arn("aws", "AmazonEKSViewPolicy")
            eks.associate_access_policy(**named, policyArn=policy, accessScope={"type": "cluster"})

    def table(self) -> Table:
        """Read them all in each way."""
        rows = [
            self._measure("one after the other", None, one_after_the_other),
            self._measure("as a sweep reads", None, as_a_sweep_reads),
            self._measure("as a sweep reads", RATE, as_a_sweep_reads),
        ]
        return Table("Many access entries", MEANING, COLUMNS, tuple(rows))

    def _measure(self, how: str, rate: int | None, read: Callable[[AccessEntries], int]) -> tuple[str, ...]:
        """One reading, with a client of its own: it has learnt no pace yet."""
        network = Network(DELAY_MS / 1000, rate)
        api = EntriesApi(self._client(network), self.lab.policy.cluster(CLUSTER))
        place = AccessEntries(api, self.lab.policy.marks, lambda: datetime.now(UTC), lambda _: None)
        started = time.perf_counter()
        policies = read(place)
        seconds = time.perf_counter() - started
        if policies < ENTRIES / ONE_IN:
            raise LabError(f"{how}: {policies} access policies were read, {ENTRIES / ONE_IN:.0f} stand")
        takes = "all" if rate is None else f"{rate} a second"
        return how, takes, f"{network.calls:,}", f"{network.refused:,}", f"{seconds:.0f}"

    def _client(self, network: Network) -> Any:
        """The registrar's, configured as a sweep's is."""
        own = self.lab.registrar_environment()
        session = session_of(own)
        network.lead(session)
        return session.client("eks", endpoint_url=own["AWS_ENDPOINT_URL"], config=AWS_CONFIG.merge(PACED))


def one_after_the_other(place: AccessEntries) -> int:
    """Each entry and its policies by calls of its own; returns how many policies there are."""
    found = (place.api.read(arn) for arn in place.api.arns())
    return sum(len(entry.policies) for entry in found if entry is not None)


def as_a_sweep_reads(place: AccessEntries) -> int:
    """By the code of the sweep; returns how many policies there are."""
    return sum(len(entry.policies) for entry in place.read(whole=True).entries.values())
