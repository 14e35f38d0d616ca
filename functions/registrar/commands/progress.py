"""What a long command is at, on a terminal: on stderr, and only where somebody is watching."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from registrar.model import Gone, PrincipalRef, Role
from registrar.policy import Cluster
from registrar.service import Registrar
from registrar.situation import ClusterAccess
from registrar.sources.iam import AccountReading, Principals


def say(text: str) -> None:
    """Say what is being done."""
    if sys.stderr.isatty():
        print(f"{text} …", file=sys.stderr)


def told_of(registrar: Registrar) -> Registrar:
    """The same registrar, which says what it reads."""

    def open_cluster(cluster: Cluster) -> ClusterAccess:
        say(f"reading cluster {cluster.tag}")
        return registrar.open_cluster(cluster)

    return replace(registrar, open_cluster=open_cluster, principals=_Told(registrar.principals))


@dataclass(frozen=True)
class _Told:
    principals: Principals

    def read(self, ref: PrincipalRef) -> Role | Gone:
        say(f"reading {ref} once more")
        return self.principals.read(ref)

    def read_account(self, account: str) -> AccountReading:
        say(f"reading account {account}")
        return self.principals.read_account(account)
