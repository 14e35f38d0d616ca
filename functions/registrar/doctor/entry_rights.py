"""The rights to access entries that the rules ask for, each as one question to IAM's simulator. Pure.

What the stack gives is ``infra/access_entry_rights.py``: each right is bound to what EKS tells IAM about the entry, so
a question that does not say it is always answered with a denial. A rule that names something new asks for more than a
stack of before has given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registrar.eks_terms import STANDARD, access_policy_arn
from registrar.grants import Grant, GrantKind
from registrar.marks import MANAGED_BY, SESSION, group_of, role_id_tag
from registrar.partitions import partition_of
from registrar.policy import Cluster, Policy
from registrar.rights.policy_scopes import PolicyScope, policy_scopes
from registrar.rights.scope import WILDCARD, grantable, scope_of

Context = tuple[tuple[str, tuple[str, ...]], ...]
"""Condition keys with their values."""

READS = ("eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies")


@dataclass(frozen=True)
class Right:
    """One action on one resource, in the context in which the registrar does it."""

    action: str
    resource: str
    context: Context = ()

    def __str__(self) -> str:
        told = "".join(f", {key} {', '.join(values)}" for key, values in self.context if key in _TELLING)
        return f"{self.action} on {self.resource}{told}"


_TELLING = ("eks:kubernetesGroups", "eks:policyArn", "eks:accessScope", "eks:namespaces")
# Keys that have several values: the simulator must be told (IAM API reference, ContextEntry).
LISTS = ("eks:kubernetesGroups", "eks:namespaces", "aws:TagKeys")


def entry_rights(policy: Policy, cluster: Cluster, role: str) -> Iterator[Right]:
    """All of them for one cluster. ``role`` is the name of a role of nobody.

    In one that stays on aws-auth entries are looked at and removed, and none is made.
    """
    partition, scope = partition_of(cluster.region), scope_of(policy, cluster)
    account = next(iter(scope.accounts), cluster.account)
    place = f"arn:{partition}:eks:{cluster.region}:{cluster.account}"
    on_cluster = f"{place}:cluster/{cluster.name}"
    # Its last part is chosen by EKS.
    entry = f"{place}:access-entry/{cluster.name}/role/{account}/{role}/00000000-0000-0000-0000-000000000000"
    principal = ("eks:principalArn", (f"arn:{partition}:iam::{account}:role/{role}",))
    mark = ((f"aws:ResourceTag/{MANAGED_BY}", (policy.installation,)), principal)
    yield Right("eks:ListAccessEntries", on_cluster)
    yield from (Right(action, entry) for action in READS)
    yield Right("eks:ListAccessPolicies", "*")
    yield Right("eks:DeleteAccessEntry", entry, mark)
    if cluster.backend == "aws-auth":
        return
    for groups in _groups(policy, cluster):
        form = (("eks:username", (f"{policy.installation}:{account}:role/{role}:{SESSION}",)), *groups)
        new = (("eks:accessEntryType", (STANDARD,)), principal, *_new_tags(policy))
        yield Right("eks:CreateAccessEntry", on_cluster, (*form, *new))
        yield Right("eks:UpdateAccessEntry", entry, (*form, *mark))
    yield Right("eks:TagResource", entry, (*mark, *_new_tags(policy)))
    for given in policy_scopes(policy, cluster):
        which = ("eks:policyArn", (access_policy_arn(partition, given.name),))
        for where in _places(given):
            yield Right("eks:AssociateAccessPolicy", entry, (*mark, which, *where))
        yield Right("eks:DisassociateAccessPolicy", entry, (*mark, which))


def _new_tags(policy: Policy) -> Context:
    keys = (MANAGED_BY, role_id_tag(policy.installation))
    return (f"aws:RequestTag/{MANAGED_BY}", (policy.installation,)), ("aws:TagKeys", keys)


def _groups(policy: Policy, cluster: Cluster) -> Iterator[Context]:
    """All groups of the rules at once, and none at all where an access policy alone may be given."""
    scope = scope_of(policy, cluster)
    groups = sorted({*scope.groups, *_samples(policy, cluster)})
    if groups:
        yield (("eks:kubernetesGroups", tuple(groups)),)
    if policy_scopes(policy, cluster):
        yield ()


def _places(scope: PolicyScope) -> Iterator[Context]:
    """Where an access policy may be given: the whole cluster, and all namespaces of the rules at once."""
    if scope.everywhere:
        yield (("eks:accessScope", ("cluster",)),)
    if scope.namespaces:
        some = tuple(sorted({_filled(namespace) for namespace in scope.namespaces}))
        yield ("eks:accessScope", ("namespace",)), ("eks:namespaces", some)


def _samples(policy: Policy, cluster: Cluster) -> Iterator[str]:
    """One group for each wildcard."""
    for grant in grantable(policy, cluster):
        if grant.kind is GrantKind.CLUSTER_ROLE and WILDCARD in (grant.namespace or ""):
            some = Grant(grant.kind, grant.name, _filled(grant.namespace or ""))
            yield group_of(some, policy.installation) or ""


def _filled(pattern: str) -> str:
    """A namespace that a pattern covers."""
    return re.sub(r"\*+", "x", pattern)
