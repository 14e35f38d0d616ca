"""Where the rules of one cluster let each EKS access policy be given, which the rights to do so depend on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registrar.grants import Grant, GrantKind
from registrar.marks import Marks
from registrar.policy import GUARDED_NAMESPACES, Cluster, Policy, is_privileged
from registrar.rights.scope import WILDCARD, grantable


@dataclass(frozen=True, order=True)
class PolicyScope:
    """Where one EKS access policy may be given; every tuple is sorted.

    ``everywhere``: for the whole cluster, which no rule with a namespace allows. ``namespaces`` are names and patterns
    of those that it may be given in, ``*`` standing for any letters; ``never`` are those that only a wildcard among
    them would reach, since the policy is privileged there.
    """

    name: str
    everywhere: bool
    namespaces: tuple[str, ...]
    never: tuple[str, ...]

    @property
    def has_wildcard(self) -> bool:
        """Whether a pattern is among the namespaces."""
        return any(WILDCARD in namespace for namespace in self.namespaces)


def policy_scopes(policy: Policy, cluster: Cluster) -> tuple[PolicyScope, ...]:
    """Of every access policy that a rule of this cluster names, sorted by name."""
    found: dict[str, set[str | None]] = {}
    for grant in grantable(policy, cluster):
        if grant.kind is GrantKind.POLICY and not _matches_nothing(grant, policy.marks):
            found.setdefault(grant.name, set()).add(grant.namespace)
    return tuple(_scope(name, places, policy.marks) for name, places in sorted(found.items()))


def _matches_nothing(grant: Grant, marks: Marks) -> bool:
    """No wildcard ever matches what is privileged (``policy.py``)."""
    return WILDCARD in (grant.namespace or "") and is_privileged(grant, marks)


def _scope(name: str, places: set[str | None], marks: Marks) -> PolicyScope:
    namespaces = {re.sub(r"\*+", WILDCARD, place) for place in places if place is not None}
    made = PolicyScope(name, None in places, tuple(sorted(namespaces)), ())
    never = tuple(sorted(set(_never(made, marks)))) if made.has_wildcard else ()
    return PolicyScope(made.name, made.everywhere, made.namespaces, never)


def _never(scope: PolicyScope, marks: Marks) -> Iterator[str]:
    for namespace in (*GUARDED_NAMESPACES, *marks.all):
        named = namespace in scope.namespaces
        if not named and is_privileged(Grant(GrantKind.POLICY, scope.name, namespace), marks):
            yield namespace
