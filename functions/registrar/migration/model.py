"""The values of a migration: rows that count, who stands behind them, what they become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registrar.grants import Grant, GrantKind
from registrar.sinks.role_mapping import RoleMapping, without_role_path

BRIDGE = "eks-registrar-migrate"
"""Group, and name of the ClusterRoleBinding to cluster-admin, that bridges the moment between an administrator's new
entry and its access policy: CreateAccessEntry cannot associate one, and the entry counts at once."""

CLUSTER_ADMIN = Grant(GrantKind.POLICY, "AmazonEKSClusterAdminPolicy")


class Place(StrEnum):
    """The key of aws-auth that a row stands in."""

    ROLES = "mapRoles"
    USERS = "mapUsers"


@dataclass(frozen=True)
class AuthRow:
    """A row of aws-auth. ``number`` counts from 1 in its list; a user's ARN stands in ``mapping.rolearn``."""

    place: Place
    number: int
    mapping: RoleMapping

    @property
    def arn(self) -> str:
        """The ARN as written; empty for an ``sso`` row."""
        return self.mapping.rolearn or ""

    @property
    def who(self) -> str:
        """Whom it is for, in a word."""
        sso = self.mapping.sso
        return self.arn or (f"permission set {sso.permission_set} in {sso.account}" if sso else "nobody")


@dataclass(frozen=True)
class Found:
    """A role or user as IAM has it: ``arn`` with its path, ``created`` when this very one was made."""

    arn: str
    created: datetime

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn``, …"""
        return self.arn.split(":")[1]

    @property
    def account(self) -> str:
        """Its 12 digits."""
        return self.arn.split(":")[4]

    @property
    def is_user(self) -> bool:
        """Whether it is a user."""
        return self.arn.split(":")[5].startswith("user/")

    @property
    def name(self) -> str:
        """Without its path."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class Absent:
    """IAM answered NoSuchEntity."""


@dataclass(frozen=True)
class Unread:
    """A principal that IAM was not asked about, and why."""

    why: str


Principal = Found | Absent | Unread


@dataclass(frozen=True)
class Standing:
    """An access entry as EKS has it. ``created`` is EKS's time of it."""

    kind: str
    username: str
    groups: tuple[str, ...]
    policies: tuple[Grant, ...]
    created: datetime


@dataclass(frozen=True)
class Wanted:
    """The STANDARD entry that gives what a row gives."""

    arn: str
    username: str
    groups: tuple[str, ...]
    policies: tuple[Grant, ...] = ()

    @property
    def first_groups(self) -> tuple[str, ...]:
        """The groups that it is made with: those for good, and the bridge where an access policy is to follow."""
        return tuple(sorted({*self.groups, BRIDGE})) if self.policies else self.groups


@dataclass(frozen=True)
class Facts:
    """What is known of the principal of a row. ``candidates`` are the roles of its permission set, for an sso row."""

    principal: Principal
    standing: Standing | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What the caller asked for. ``arns`` are lower-case, without a role's path."""

    foreign: bool = False
    arns: frozenset[str] = frozenset()
    cluster_admin_policy: bool = False
    remove_rows: bool = False

    def names(self, row: AuthRow) -> bool:
        """Whether the row is to be moved."""
        return self.foreign or without_path(row.arn) in self.arns


class State(StrEnum):
    """What becomes of a row."""

    MOVE = "move"
    FINISH = "finish"
    ON_REQUEST = "on request"
    DONE = "done"
    DIFFERENT = "different"
    DEAD = "dead"
    OURS = "ours"
    NODE = "node"
    CANNOT = "cannot"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Item:
    """One row and what becomes of it, with the reason in words and the commands that help, if any.

    ``entry_stands`` says whether an entry speaks for its principal by now, whatever that entry gives. ``wanted`` is
    there for what is moved, to be finished, or done.
    """

    row: AuthRow
    state: State
    reason: str
    entry_stands: bool = False
    wanted: Wanted | None = None
    standing: Standing | None = None
    chosen: bool = False
    commands: tuple[str, ...] = ()


def without_path(arn: str) -> str:
    """Lower-case, and of a role without its path: what the authenticator compares (``pkg/arn``, Canonicalize)."""
    return without_role_path(arn).lower()
