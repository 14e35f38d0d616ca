"""What is asked of the world, and what it answers: frozen values that can be kept and compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Http:
    """A request to the API server. ``path`` has its query; ``body`` is JSON, ``None`` for none.

    ``metadata_only`` asks for a ``PartialObjectMetadata``.
    """

    method: str
    path: str
    body: str | None = None
    metadata_only: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}{' (metadata)' if self.metadata_only else ''}"


@dataclass(frozen=True)
class HttpAnswer:
    """An answer of the API server. A ``lost`` one never arrived: what was asked for may have been done."""

    status: int
    text: str
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.status}{', lost' if self.lost else ''}"


@dataclass(frozen=True)
class RoleRecord:
    """A role as IAM keeps it. ``created`` is in seconds of a clock of the test's own."""

    name: str
    role_id: str
    created: int = 0
    tags: tuple[tuple[str, str], ...] = ()
    path: str = "/"

    def __str__(self) -> str:
        return f"{self.name} ({self.role_id}) {dict(self.tags)}"


@dataclass(frozen=True)
class GetRole:
    """iam:GetRole; answered with a ``RoleRecord``, ``None`` for NoSuchEntity."""

    name: str

    def __str__(self) -> str:
        return f"GetRole {self.name}"


@dataclass(frozen=True)
class RolesPage:
    """iam:GetAccountAuthorizationDetails from the role of this number on; answered with a ``Page``."""

    start: int = 0

    def __str__(self) -> str:
        return f"GetAccountAuthorizationDetails from {self.start}"


@dataclass(frozen=True)
class Page:
    """Some roles of an account; ``following`` is the number of the next one, ``None`` behind the last page."""

    roles: tuple[RoleRecord, ...]
    following: int | None

    def __str__(self) -> str:
        return ", ".join(map(str, self.roles))


@dataclass(frozen=True)
class PutRole:
    """A change in IAM: the role as it is from now on, ``None`` for a deletion. Answered with ``None``."""

    name: str
    role: RoleRecord | None

    def __str__(self) -> str:
        return f"IAM: {self.role}" if self.role else f"IAM: {self.name} deleted"


@dataclass(frozen=True)
class EksCall:
    """An operation of EKS on access entries. ``parameters`` is JSON, as boto3 takes them, without the cluster's name.

    ``ours`` says that the registrar's role calls; anybody else is an administrator.
    """

    operation: str
    parameters: str = "{}"
    ours: bool = True

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.operation.startswith(("List", "Describe"))

    def __str__(self) -> str:
        asked = json.loads(self.parameters)
        whom = asked.pop("principalArn", asked.pop("resourceArn", "")).rpartition("/")[2]
        return " ".join((f"eks:{self.operation}", whom, *(f"{name}={value}" for name, value in asked.items())))


@dataclass(frozen=True)
class EksAnswer:
    """An answer of EKS: ``text`` is JSON with times in seconds, ``code`` an error's (empty: a success).

    A ``lost`` one never arrived: what was asked for was done.
    """

    text: str = "{}"
    code: str = ""
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.code or 'done'}{', lost' if self.lost else ''}"


Request: TypeAlias = Http | GetRole | RolesPage | PutRole | EksCall
Answer: TypeAlias = HttpAnswer | RoleRecord | Page | EksAnswer | None
