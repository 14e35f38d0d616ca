"""An access entry, and what EKS's API says of one as ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registrar.eks_terms import STANDARD
from registrar.grants import Grant, GrantKind


@dataclass(frozen=True)
class AccessEntry:
    """One access entry.

    ``arn`` is its principal's, with the path; ``own_arn`` the entry's, another one for each that is made. ``created``
    and ``modified`` are EKS's times of it. ``policies`` are the associated access policies as grants, sorted: one
    without a namespace, or one for each namespace (in which a ``*`` may stand where somebody else wrote it); empty
    until they are read, too.
    """

    arn: str
    username: str
    groups: tuple[str, ...]
    kind: str
    tags: Mapping[str, str]
    created: datetime
    modified: datetime
    policies: tuple[Grant, ...] = ()
    own_arn: str = ""

    def is_still(self, other: AccessEntry | None) -> bool:
        """Whether ``other`` is the same entry, and carries the same tags."""
        return other is not None and (self.own_arn, self.tags) == (other.own_arn, other.tags)


def entry_of(found: Mapping[str, Any]) -> AccessEntry:
    """An ``AccessEntry`` of EKS's API."""
    return AccessEntry(
        arn=found["principalArn"],
        username=found.get("username", ""),
        groups=tuple(sorted(set(found.get("kubernetesGroups") or ()))),
        kind=found.get("type", STANDARD),
        tags=dict(found.get("tags") or {}),
        created=found["createdAt"],
        modified=found["modifiedAt"],
        own_arn=found["accessEntryArn"],
    )


def grants_of(found: Mapping[str, Any]) -> tuple[Grant, ...]:
    """An ``AssociatedAccessPolicy`` of EKS's API as grants: one, or one for each of its namespaces."""
    name, scope = found["policyArn"].rpartition("/")[2], found["accessScope"]
    if scope["type"] == "cluster":
        return (Grant(GrantKind.POLICY, name),)
    return tuple(Grant(GrantKind.POLICY, name, namespace) for namespace in scope["namespaces"])
