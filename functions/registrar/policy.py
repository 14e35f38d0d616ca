"""What the policy allows: clusters, rules, and the judgement of one grant. Pure.

Default deny: a grant is allowed if one rule matches the principal, the cluster and the grant's text, and nothing
forbids it. Loading and checking the file is ``configuration.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from registrar.grants import Grant, GrantKind
from registrar.marks import Marks
from registrar.model import SSO_PATH, Role

GUARDED_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease"})
POLICIES_FOR_PEOPLE = frozenset(
    f"AmazonEKS{name}Policy" for name in ("View", "Edit", "Admin", "ClusterAdmin", "AdminView", "SecretReader")
)
PRIVILEGED_POLICIES = frozenset(f"AmazonEKS{name}Policy" for name in ("ClusterAdmin", "AdminView", "SecretReader"))
_VIEWS = frozenset({(GrantKind.CLUSTER_ROLE, "view"), (GrantKind.POLICY, "AmazonEKSViewPolicy")})

_PERMISSION_SET_ROLE = re.compile(r"AWSReservedSSO_(?P<set>[\w+=,.@-]{1,32})_[0-9a-f]{16}")


@dataclass(frozen=True)
class Network:
    """A VPC that holds private endpoints, and where a function for it stands."""

    name: str
    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """One EKS cluster. ``tag`` is its word in tag keys and on the command line, unique in the file."""

    name: str
    tag: str
    account: str
    region: str
    network: str = "public"
    backend: str = "auto"
    kubernetes: str = "managed"
    registrar_access: str = "manual"
    mode: str = "observe"

    @property
    def enforced(self) -> bool:
        """Whether anything is written at all; ``observe`` plans and reports."""
        return self.mode == "enforce"


@dataclass(frozen=True)
class Rule:
    """One rule: which principals, in which clusters, may ask for what (``allow``) or are given what (``give``).

    In ``allow`` a ``*`` may stand in a namespace, nowhere else. ``roles`` are globs over path and name.
    """

    name: str
    clusters: tuple[str, ...]
    accounts: tuple[str, ...]
    roles: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    allow: tuple[Grant, ...] = ()
    give: tuple[Grant, ...] = ()
    privileged: bool = False

    def covers(self, role: Role, cluster: Cluster) -> bool:
        """Whether this rule speaks about this role in this cluster at all."""
        if cluster.tag not in self.clusters or role.ref.account not in self.accounts:
            return False
        permission_set = permission_set_of(role)
        if permission_set is not None:
            return permission_set in self.permission_sets
        return any(_glob(pattern, "/").fullmatch(role.path + role.ref.name) for pattern in self.roles)

    def names_exactly(self, role: Role) -> bool:
        """Whether a pattern without a wildcard is this role: what a node's role needs to be heard."""
        return role.path + role.ref.name in self.roles


@dataclass(frozen=True)
class Policy:
    """The whole configuration, checked."""

    clusters: tuple[Cluster, ...]
    rules: tuple[Rule, ...]
    installation: str = "eks-registrar"
    tag_prefix: str = "eks-registrar"
    formerly: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    source: str = field(default="registrar.yaml", compare=False)

    @property
    def marks(self) -> Marks:
        """By what we know what is ours."""
        return Marks(self.installation, self.formerly)

    def cluster(self, tag: str) -> Cluster:
        """The cluster of that tag. Raises ``KeyError`` naming the known ones."""
        for cluster in self.clusters:
            if cluster.tag == tag:
                return cluster
        raise KeyError(f"no cluster {tag!r} in {self.source}; it has: {', '.join(c.tag for c in self.clusters)}")

    def rules_for(self, role: Role, cluster: Cluster) -> Iterator[Rule]:
        """The rules that speak about this role in this cluster, in the order of the file."""
        return (rule for rule in self.rules if rule.covers(role, cluster))

    def concerns(self, account: str, cluster: Cluster) -> bool:
        """Whether principals of this account can have anything here: by a rule, or by one that has gone since.

        The cluster's own account is always looked at, so that an untagged role loses its row after its rule, too.
        """
        return account == cluster.account or any(
            cluster.tag in rule.clusters and account in rule.accounts for rule in self.rules
        )

    def allowing_rule(self, grant: Grant, rules: Iterable[Rule]) -> Rule | None:
        """The first of the rules that speak about a role that lets it ask for this grant."""
        if self.forbidden(grant) is not None:
            return None
        privileged = is_privileged(grant, self.marks)
        for rule in rules:
            if privileged and not rule.privileged:
                continue
            if any(_allows(pattern, grant, privileged) for pattern in rule.allow):
                return rule
        return None

    def forbidden(self, grant: Grant) -> str | None:
        """Why no rule whatever can allow this grant; ``None`` if one could."""
        if grant.kind is GrantKind.POLICY:
            return None if grant.name in POLICIES_FOR_PEOPLE else f"{grant.name} is not an EKS access policy for people"
        word = "ClusterRole" if grant.kind is GrantKind.CLUSTER_ROLE else "group"
        if grant.name.startswith(("system:", "eks:")):
            return f"a {word} that begins with system: or eks: is never granted"
        own = [mark for mark in self.marks.all if grant.kind is GrantKind.GROUP and grant.name.startswith(mark)]
        if own:
            return f"a group that begins with {own[0]} is the registrar's own"
        return None


def permission_set_of(role: Role) -> str | None:
    """The Identity Center permission set that a role was provisioned for, if it was.

    AWS names such roles ``AWSReservedSSO_<set>_<16 hex>`` under the path ``/aws-reserved/sso.amazonaws.com/``,
    sometimes with a region behind it (IAM Identity Center user guide, "Referencing permission sets").
    """
    if not role.path.startswith(SSO_PATH):
        return None
    found = _PERMISSION_SET_ROLE.fullmatch(role.ref.name)
    return found["set"] if found else None


def is_privileged(grant: Grant, marks: Marks) -> bool:
    """Whether a grant needs ``privileged: true`` and a pattern without a wildcard.

    ``edit`` in kube-system writes aws-auth: it is as good as cluster-admin. So does ``AmazonEKSEditPolicy``.
    """
    if grant.kind is GrantKind.GROUP or (grant.kind, grant.name) in _VIEWS:
        return False
    if grant.name == "cluster-admin" or grant.name in PRIVILEGED_POLICIES:
        return True
    return grant.namespace is None or grant.namespace in GUARDED_NAMESPACES or grant.namespace in marks.all


def _allows(pattern: Grant, grant: Grant, privileged: bool) -> bool:
    if pattern.kind is not grant.kind or pattern.name != grant.name:
        return False
    if pattern.namespace is None or grant.namespace is None or privileged:
        return pattern.namespace == grant.namespace
    return _glob(pattern.namespace, "").fullmatch(grant.namespace) is not None


@lru_cache(maxsize=4096)
def _glob(pattern: str, stop: str) -> re.Pattern[str]:
    """``*`` stops at ``stop`` (if one is given), ``**`` never does; everything else is literal."""
    one = f"[^{re.escape(stop)}]*" if stop else ".*"
    pieces = (
        ".*" if part == "**" else one if part == "*" else re.escape(part) for part in re.split(r"(\*\*|\*)", pattern)
    )
    return re.compile("".join(pieces), re.DOTALL)
