"""Access entries and what hangs on them, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STANDARD = "STANDARD"


@dataclass(frozen=True)
class Principal:
    """An IAM role or user that exists.

    Attributes:
        arn: in full, with its path.
        kind: ``role`` or ``user``.
        unique_id: ``AROA…`` or ``AIDA…``: another one once it is deleted and made again.
        account: 12 digits.
        name: without the path.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
        created: seconds since the epoch.

    """

    arn: str
    kind: str
    unique_id: str
    account: str
    name: str
    partition: str
    created: float


@dataclass(frozen=True)
class Scope:
    """``kind`` is ``cluster`` or ``namespace``; ``namespaces`` may hold ``*``, and are empty for a cluster."""

    kind: str
    namespaces: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """In EKS's form."""
        return {"type": self.kind, "namespaces": list(self.namespaces)}


@dataclass(frozen=True)
class Association:
    """An access policy on an entry. Times are seconds since the epoch."""

    policy_arn: str
    scope: Scope
    associated_at: float
    modified_at: float

    def shown(self) -> dict[str, Any]:
        """In EKS's form."""
        return {
            "policyArn": self.policy_arn,
            "accessScope": self.scope.shown(),
            "associatedAt": self.associated_at,
            "modifiedAt": self.modified_at,
        }


@dataclass(frozen=True)
class Entry:
    """An access entry. It is bound to the ``unique_id`` of its principal, which EKS shows to nobody."""

    cluster: str
    principal: Principal
    arn: str
    kind: str
    username: str
    groups: tuple[str, ...]
    created_at: float
    modified_at: float
    tags: Mapping[str, str] = field(default_factory=dict)
    associations: Mapping[str, Association] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """In EKS's form."""
        return {
            "clusterName": self.cluster,
            "principalArn": self.principal.arn,
            "kubernetesGroups": list(self.groups),
            "accessEntryArn": self.arn,
            "createdAt": self.created_at,
            "modifiedAt": self.modified_at,
            "tags": dict(self.tags),
            "username": self.username,
            "type": self.kind,
        }
