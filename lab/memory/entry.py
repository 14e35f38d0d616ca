"""An access entry as a value, and how EKS shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STANDARD = "STANDARD"
Namespaces = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One access entry. Times are in seconds; mappings are sorted pairs.

    ``role_id`` is the role that it is bound to, which EKS shows to nobody. ``made`` counts the entries of this
    principal. ``policies`` has the namespaces of each access policy by its ARN, none of one for the whole cluster.
    """

    arn: str
    role_id: str
    made: int
    kind: str
    username: str
    groups: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    created: int
    modified: int
    policies: tuple[tuple[str, Namespaces], ...] = ()

    @property
    def own_arn(self) -> str:
        """The ARN of the entry itself, another one for each that is made."""
        return (
            f"{self.arn.replace(':iam::', ':eks:eu-west-1:').replace(':role/', ':access-entry/prod/role/')}/{self.made}"
        )

    def shown(self) -> dict[str, Any]:
        """In the form of ``DescribeAccessEntry``."""
        return {
            "principalArn": self.arn,
            "accessEntryArn": self.own_arn,
            "type": self.kind,
            "username": self.username,
            "kubernetesGroups": list(self.groups),
            "tags": dict(self.tags),
            "createdAt": self.created,
            "modifiedAt": self.modified,
        }

    def shown_policies(self) -> list[dict[str, Any]]:
        """In the form of ``ListAssociatedAccessPolicies``."""
        return [{"policyArn": arn, "accessScope": _scope(namespaces)} for arn, namespaces in self.policies]


def _scope(namespaces: Namespaces) -> Mapping[str, Any]:
    return {"type": "namespace" if namespaces else "cluster", "namespaces": list(namespaces)}


def sorted_pairs(mapping: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A mapping as a value that can be compared and kept."""
    return tuple(sorted(mapping.items()))
