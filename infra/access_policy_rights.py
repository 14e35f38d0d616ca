"""What the registrar may do with EKS access policies, as statements of IAM policies. Pure, without the CDK.

Every association is bound to its policy, to our mark on the entry, and to where the rules let that policy be given:
``eks:accessScope`` and ``eks:namespaces`` (Service Authorization Reference, "Actions, resources, and condition keys for
Amazon Elastic Kubernetes Service"). Policies that may be given in the same places share a statement.

EKS reads a wildcard in a requested namespace as one (EKS user guide, "Associate access policies with access entries"),
and IAM takes it for a letter that ``team-*`` covers as any other: so it is denied. The registrar itself writes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from infra.iam_statement import Condition, statement, within
from infra.tag_guard_document import Statement
from registrar.eks_terms import access_policy_arn
from registrar.rights.policy_scopes import PolicyScope

# The letters themselves (IAM user guide, "IAM policy elements: Variables and tags", special characters).
LITERAL_WILDCARDS: Final = ("*${*}*", "*${?}*")

_ASSOCIATE: Final = ("eks:AssociateAccessPolicy",)
_POLICY, _SCOPE, _NAMESPACES = "eks:policyArn", "eks:accessScope", "eks:namespaces"


def access_policy_rights(
    scopes: Sequence[PolicyScope], partition: str, entries: list[str], ours: Condition
) -> Iterator[Statement]:
    """The statements for entries of these ARNs; ``ours`` is what ``StringEquals`` finds on one with our mark."""

    def of(some: Iterable[PolicyScope]) -> Condition:
        return {_POLICY: [access_policy_arn(partition, scope.name) for scope in some]}

    # True also of a request that names no policy.
    yield statement("Deny", _ASSOCIATE, entries, {"ArnNotEquals": of(scopes)} if scopes else {})
    if scopes:
        # Whatever the scope: what is parted gives nothing any more.
        parted = {"ArnEquals": of(scopes), "StringEquals": ours}
        yield statement("Allow", ["eks:DisassociateAccessPolicy"], entries, parted)
    everywhere = [scope for scope in scopes if scope.everywhere]
    if everywhere:
        whole = {"ArnEquals": of(everywhere), "StringEquals": ours | {_SCOPE: "cluster"}}
        yield statement("Allow", _ASSOCIATE, entries, whole)
    for namespaces, some in _alike(scopes, lambda scope: scope.namespaces):
        if namespaces:
            there = {"ArnEquals": of(some), "StringEquals": ours | {_SCOPE: "namespace"}}
            yield statement("Allow", _ASSOCIATE, entries, there | within(_NAMESPACES, namespaces))
    for never, some in _alike((scope for scope in scopes if scope.has_wildcard), lambda scope: scope.never):
        reached = {"ForAnyValue:StringLike": {_NAMESPACES: [*never, *LITERAL_WILDCARDS]}}
        yield statement("Deny", _ASSOCIATE, entries, {"ArnEquals": of(some)} | reached)


def _alike(
    scopes: Iterable[PolicyScope], by: Callable[[PolicyScope], tuple[str, ...]]
) -> Iterable[tuple[tuple[str, ...], list[PolicyScope]]]:
    """The policies that have the same there, together."""
    found: dict[tuple[str, ...], list[PolicyScope]] = {}
    for scope in scopes:
        found.setdefault(by(scope), []).append(scope)
    return found.items()
