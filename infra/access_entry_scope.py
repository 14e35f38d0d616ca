"""What the access entries of a cluster may say by its rules, in the words of IAM's conditions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from registrar.grants import Grant, GrantKind
from registrar.marks import group_of
from registrar.policy import Cluster, Policy, is_privileged
from registrar.rights.policy_scopes import PolicyScope, policy_scopes
from registrar.rights.scope import WILDCARD, grantable, scope_of


@dataclass(frozen=True)
class EntryScope:
    """What the entries of a cluster may say by its rules; every tuple is sorted.

    ``groups`` are patterns of Kubernetes groups as ``StringLike`` reads them, ``never`` the privileged groups that only
    a wildcard among them would reach. ``accounts`` are those whose roles may have an entry. ``access_policies`` are
    EKS access policies, with where each may be given.
    """

    groups: tuple[str, ...]
    never: tuple[str, ...]
    accounts: tuple[str, ...]
    access_policies: tuple[PolicyScope, ...]

    @classmethod
    def of(cls, policy: Policy, cluster: Cluster) -> EntryScope:
        """The scope of one cluster."""
        scope = scope_of(policy, cluster)
        return cls(
            groups=tuple(sorted({*scope.groups, *_patterns(policy, cluster)})),
            never=tuple(sorted({*scope.never} - {*scope.groups})),
            accounts=scope.accounts,
            access_policies=policy_scopes(policy, cluster),
        )

    def as_named(self, today: str, name: str) -> EntryScope:
        """The same scope as the installation of another name would write it; ``today`` is the name of this one."""

        def renamed(groups: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(sorted(f"{name}:{g[len(today) + 1 :]}" if g.startswith(f"{today}:") else g for g in groups))

        return replace(self, groups=renamed(self.groups), never=renamed(self.never))


def _patterns(policy: Policy, cluster: Cluster) -> Iterator[str]:
    """The groups of grants with a wildcard, which never reaches what is privileged (``policy.py``)."""
    for grant in grantable(policy, cluster):
        wild = grant.kind is GrantKind.CLUSTER_ROLE and WILDCARD in (grant.namespace or "")
        if wild and not is_privileged(grant, policy.marks):
            namespaces = re.sub(r"\*+", "*", grant.namespace or "")
            yield f"{group_of(Grant(grant.kind, grant.name), policy.installation)}@{namespaces}"
