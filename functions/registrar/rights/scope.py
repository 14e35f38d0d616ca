"""What the rules let the registrar do in one cluster: the part of the configuration that its rights depend on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registrar.fit import unfit
from registrar.grants import Grant, GrantKind
from registrar.marks import controller_group, group_of
from registrar.policy import GUARDED_NAMESPACES, Cluster, Policy, is_privileged
from registrar.rights.cel import literal

WILDCARD = "*"
NAMESPACE_LETTERS = "[a-z0-9-]"


@dataclass(frozen=True)
class Scope:
    """Everything that a rule of this cluster names, sorted.

    ``groups`` are whole names of Kubernetes groups. ``namespaces`` has, by what stands before the ``@`` of a group,
    one RE2 expression of the namespaces that the wildcards of rules cover; ``never`` are the groups that such a
    wildcard must not reach, since they are privileged. ``accounts`` are those whose roles may have a row.
    What carries a name of ``formerly`` may stay or go, and never come.
    """

    installation: str
    cluster_roles: tuple[str, ...]
    groups: tuple[str, ...]
    namespaces: tuple[tuple[str, str], ...]
    never: tuple[str, ...]
    accounts: tuple[str, ...]
    formerly: tuple[str, ...] = ()

    @property
    def controller(self) -> str:
        """The group of the registrar itself, and the mark of its own objects."""
        return controller_group(self.installation)


def scope_of(policy: Policy, cluster: Cluster) -> Scope:
    """The scope of one cluster: an exact list where the rules are exact, and no wider than a rule anywhere."""
    grants = frozenset(g for g in grantable(policy, cluster) if g.kind is not GrantKind.POLICY)
    wild = sorted(grant for grant in grants if WILDCARD in (grant.namespace or ""))
    return Scope(
        installation=policy.installation,
        cluster_roles=tuple(sorted({grant.name for grant in grants if grant.kind is GrantKind.CLUSTER_ROLE})),
        groups=tuple(sorted({_group(grant, policy) for grant in grants if grant not in wild})),
        namespaces=tuple(sorted(_namespaces(wild, policy).items())),
        never=tuple(sorted(set(_never(wild, policy)))),
        accounts=tuple(sorted({a for rule in policy.rules if cluster.tag in rule.clusters for a in rule.accounts})),
        formerly=policy.formerly,
    )


def grantable(policy: Policy, cluster: Cluster) -> Iterator[Grant]:
    """The grants that rules of this cluster name and that can come into effect.

    EKS access policies are among them whatever the backend: ``auto`` may become access entries any day.
    """
    for rule in policy.rules:
        for grant in (*rule.allow, *rule.give) if cluster.tag in rule.clusters else ():
            forbidden = policy.forbidden(grant) or (is_privileged(grant, policy.marks) and not rule.privileged)
            if not forbidden and (grant.kind is GrantKind.POLICY or unfit(grant, cluster) is None):
                yield grant


def _group(grant: Grant, policy: Policy) -> str:
    group = group_of(grant, policy.installation)
    assert group is not None, grant
    return group


def _namespaces(wild: list[Grant], policy: Policy) -> dict[str, str]:
    """One anchored expression of all the wildcards that the rules have for a ClusterRole."""
    patterns: dict[str, set[str]] = {}
    for grant in wild:
        everywhere = _group(Grant(grant.kind, grant.name), policy)
        patterns.setdefault(everywhere, set()).add(_expression(grant.namespace or ""))
    return {name: f"^({'|'.join(sorted(found))})$" for name, found in patterns.items()}


def _expression(glob: str) -> str:
    """A namespace glob in RE2, the syntax of CEL's ``matches``; ``*`` and ``**`` stand for any letters of a name."""
    pieces = re.split(r"\*+", glob)
    if not any(pieces):
        return f"{NAMESPACE_LETTERS}+"
    return f"{NAMESPACE_LETTERS}*".join(literal(piece) for piece in pieces)


def _never(wild: list[Grant], policy: Policy) -> Iterator[str]:
    for grant in wild:
        for namespace in (*GUARDED_NAMESPACES, *policy.marks.all):
            guarded = Grant(grant.kind, grant.name, namespace)
            if is_privileged(guarded, policy.marks):
                yield _group(guarded, policy)
