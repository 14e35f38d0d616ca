"""Where the demo looks for a role's access: in aws-auth, or among the access entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from lab.local_eks import LocalEks
from lab.settings import ACCOUNT, CLUSTER, CONFIG_MAP


class Access(Protocol):
    """The access of the cluster."""

    @property
    def place(self) -> str:
        """What it is called."""

    @property
    def word(self) -> str:
        """What a role has there."""

    @property
    def how_to_look(self) -> tuple[str, ...]:
        """The command of the AWS CLI by which a person sees what the role has; empty where there is none."""

    def text(self) -> str:
        """All of it, by lines."""

    def has(self, role: str) -> bool:
        """Whether there is anything of a role, by its name."""


@dataclass(frozen=True)
class AwsAuth:
    """The rows of aws-auth."""

    lab: LocalEks
    place: str = "aws-auth"
    word: str = "row"
    how_to_look: tuple[str, ...] = ()

    def text(self) -> str:
        """The text of ``mapRoles``."""
        where = ("configmap", "aws-auth", "-n", "kube-system")
        return self.lab.kubectl("get", *where, "-o", "jsonpath={.data.mapRoles}").stdout

    def has(self, role: str) -> bool:
        """Whether it names the role."""
        return f"role/{role}:" in self.text()


@dataclass(frozen=True)
class Entries:
    """The cluster's access entries, and the access policies on them."""

    lab: LocalEks
    role: str
    place: str = "the list of access entries"
    word: str = "access entry"

    @property
    def how_to_look(self) -> tuple[str, ...]:
        """The entry of the role, by the AWS CLI."""
        return ("eks", "describe-access-entry", "--cluster-name", CLUSTER, "--principal-arn", self._arn(self.role))

    def text(self) -> str:
        """One line for each entry."""
        pages = self._eks.get_paginator("list_access_entries").paginate(clusterName=CLUSTER)
        return "\n".join(self._line(arn) for page in pages for arn in page["accessEntries"])

    def has(self, role: str) -> bool:
        """Whether it has one."""
        listed = self._eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]
        return self._arn(role) in listed

    def _line(self, arn: str) -> str:
        named = {"clusterName": CLUSTER, "principalArn": arn}
        entry = self._eks.describe_access_entry(**named)["accessEntry"]
        policies = self._eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
        told = [f"groups {', '.join(entry['kubernetesGroups']) or 'none'}", *map(_policy, policies)]
        return f"{arn.partition('::')[2]}  {entry['type']}  {'  '.join(told)}"

    @property
    def _eks(self) -> Any:
        return self.lab.aws.client("eks")

    def _arn(self, role: str) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def access_of(lab: LocalEks, role: str) -> Access:
    """What a cluster of the lab's mode has; ``role`` is the one that the demo is about."""
    return AwsAuth(lab) if lab.mode == CONFIG_MAP else Entries(lab, role)


def _policy(associated: dict[str, Any]) -> str:
    name, scope = associated["policyArn"].rpartition("/")[2], associated["accessScope"]
    return f"{name} in {', '.join(scope['namespaces']) or 'the whole cluster'}"
