"""Which grants say what a foreign row or entry gives. Pure.

A group all of whose bindings are to ClusterRoles becomes those ClusterRoles (``view``, ``edit@payments``): a reader of
the tag sees what it gives. Any other group is kept as it is, ``group=NAME``; what cannot be said so either is an
obstacle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registrar.adoption.model import Standing
from registrar.adoption.rbac import Rbac, SeenBinding
from registrar.fit import unfit
from registrar.grants import Grant, GrantKind
from registrar.policy import Cluster, Policy
from registrar.tags import MOST_GRANTS, parse_grant

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
"""Everybody who gets in is in it, in a row or not."""

MASTERS_LOSS = (
    "system:masters is let through before any authorizer is asked; cluster-admin is a ClusterRole, which somebody with "
    "the right can change or unbind"
)


@dataclass(frozen=True)
class Said:
    """The grants, sorted, each once; ``cannot`` says what has no grant, ``losses`` what no question can show."""

    grants: tuple[Grant, ...] = ()
    cannot: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


_SYSTEM = {
    AUTHENTICATED: Said(),
    MASTERS: Said((Grant(GrantKind.CLUSTER_ROLE, "cluster-admin"),), (), (MASTERS_LOSS,)),
}


def said_by_grants(standing: Standing, rbac: Rbac | None, policy: Policy, cluster: Cluster, keep_groups: bool) -> Said:
    """The grants that give what stands there; without ``rbac`` (no Kubernetes call) every group is kept."""
    kept = keep_groups or rbac is None
    parts = [_of_group(group, rbac or Rbac(), policy, kept) for group in standing.groups]
    parts.append(Said(standing.policies, tuple(_unsaid_policies(standing.policies))))
    grants = sorted({grant for part in parts for grant in part.grants}, key=lambda grant: grant.text)
    cannot = [one for part in parts for one in part.cannot]
    refused = ((grant, policy.forbidden(grant) or unfit(grant, cluster)) for grant in grants)
    cannot += [f"{grant.text}: {why}" for grant, why in refused if why]
    if len(grants) > MOST_GRANTS:
        cannot.append(f"{len(grants)} grants would be needed, and only {MOST_GRANTS} are read")
    if not grants and not cannot:
        cannot.append("it gives nothing that a tag could ask for: remove it, if nobody needs it")
    return Said(tuple(grants), tuple(cannot), tuple(one for part in parts for one in part.losses))


def _of_group(group: str, rbac: Rbac, policy: Policy, kept: bool) -> Said:
    if group.startswith("system:"):
        return _SYSTEM.get(group) or Said(
            cannot=(f"group {group}: no tag can ask for a group that begins with system:",)
        )
    own = policy.marks.without(group)
    if own is not None and (grant := parse_grant(own)) is not None:
        return Said((grant,))  # a group of ours, put there by hand or by an adoption that broke off
    cluster_roles = () if kept else _cluster_roles(rbac.of_groups({group}), policy)
    if cluster_roles:
        return Said(cluster_roles)
    grant = parse_grant(f"group={group}")
    if grant is None:
        template = " (the authenticator takes it for a template)" if "{" in group else ""
        return Said(cannot=(f"group {group!a}: its name cannot stand in a tag{template}",))
    return Said((grant,))


def _cluster_roles(bindings: Iterable[SeenBinding], policy: Policy) -> tuple[Grant, ...]:
    """The grants of these bindings; none where one of them cannot be said."""
    grants = []
    for binding in bindings:
        word = f"{binding.role}@{binding.namespace}" if binding.namespace else binding.role
        grant = parse_grant(word)
        odd = grant is None or grant.kind is not GrantKind.CLUSTER_ROLE or binding.own_role
        if grant is None or odd or policy.forbidden(grant) is not None:
            return ()
        grants.append(grant)
    return tuple(grants)


def _unsaid_policies(policies: Iterable[Grant]) -> Iterator[str]:
    for grant in policies:
        if parse_grant(grant.text) != grant:
            yield f"{grant.text}: a tag can name a namespace, not a pattern of them"
