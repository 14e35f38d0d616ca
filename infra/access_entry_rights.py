"""What the registrar may do to access entries, as policy documents. Pure, without the CDK.

Every action is bound to what EKS tells IAM about the entry: it is made only in our form, and touched only with our mark
on it. Which action knows which resource and condition key: Service Authorization Reference, "Actions, resources, and
condition keys for Amazon Elastic Kubernetes Service".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.access_entry_scope import EntryScope
from infra.tag_guard_document import MANAGED_POLICY_CHARACTERS, Document, Statement, size
from registrar.eks_terms import access_policy_arn
from registrar.errors import ConfigurationError
from registrar.marks import MANAGED_BY, SESSION, Marks, role_id_tag
from registrar.policy import Cluster, Policy
from registrar.rights.scope import WILDCARD

MANAGED_POLICIES_PER_ROLE: Final = 10
"""Most managed policies of a role, if the account has asked for no more (IAM user guide, "IAM and AWS STS quotas")."""

ROLE_CHARACTERS: Final = 10_240
"""Most characters of all policies that are a role's own together, white space not counted (the same page)."""

Condition = dict[str, Any]

_BACKENDS: Final = ("auto", "access-entries")
_OWN_TAG: Final = f"aws:ResourceTag/{MANAGED_BY}"
_NEW_TAG: Final = f"aws:RequestTag/{MANAGED_BY}"
_GROUPS: Final = "eks:kubernetesGroups"
_WRITES: Final = (
    "eks:AssociateAccessPolicy",
    "eks:CreateAccessEntry",
    "eks:DeleteAccessEntry",
    "eks:DisassociateAccessPolicy",
    "eks:TagResource",
    "eks:UntagResource",
    "eks:UpdateAccessEntry",
)


@dataclass(frozen=True)
class AccessEntryRights:
    """The rights of the function of one network. ``clusters`` stand together where their scopes are equal.

    What is made carries the mark of today; what carries a former one is ours all the same, to be changed, marked anew
    and removed. ``role_arn`` is the function's own role. ``source`` is the configuration's file, for messages.
    """

    marks: Marks
    partition: str
    role_arn: str
    clusters: tuple[tuple[EntryScope, tuple[Cluster, ...]], ...]
    source: str

    @classmethod
    def of(cls, policy: Policy, clusters: Sequence[Cluster], *, partition: str, role_arn: str) -> AccessEntryRights:
        """The rights that a configuration asks for, in those of the clusters that can use access entries."""
        found: dict[EntryScope, list[Cluster]] = {}
        for cluster in clusters:
            if cluster.backend in _BACKENDS:
                found.setdefault(EntryScope.of(policy, cluster), []).append(cluster)
        together = tuple((scope, tuple(members)) for scope, members in found.items())
        return cls(policy.marks, partition, role_arn, together, policy.source)

    def documents(self) -> tuple[Document, ...]:
        """As policies, all of them for the role: one of its own, and managed ones for what does not fit into that.

        What denies comes first. Empty without a cluster that can use access entries.

        Raises:
            ConfigurationError: if the rules of a cluster need a statement, or all clusters more policies, than IAM
                takes.

        """
        for scope, clusters in self.clusters:
            self._check(self._of_scope(scope, clusters), clusters, f" for {len(scope.groups)} Kubernetes groups")
        self._check(self._on_ours(), self._every(), f" for {len(self._every())} clusters")
        packed = _packed(self.statements())
        managed = len(packed) - 1
        if managed > MANAGED_POLICIES_PER_ROLE:
            raise self._too_large(
                self._every(), f"needs {managed} managed policies, and a role takes {MANAGED_POLICIES_PER_ROLE}"
            )
        return tuple({"Version": "2012-10-17", "Statement": statements} for statements in packed)

    def statements(self) -> list[Statement]:
        """Every statement, what denies first; none without a cluster that can use access entries."""
        if not self.clusters:
            return []
        of_scopes = [made for scope, clusters in self.clusters for made in self._of_scope(scope, clusters)]
        made = [self._nothing_on_its_own(), *of_scopes, *self._reads(), *self._on_ours()]
        return sorted(made, key=lambda statement: statement["Effect"] != "Deny")

    def _of_scope(self, scope: EntryScope, clusters: Sequence[Cluster]) -> Iterator[Statement]:
        """What depends on the rules."""
        entries = self._arns(clusters, "access-entry", "/role/*")
        policies = [access_policy_arn(self.partition, name) for name in scope.access_policies]
        # True also of a request that names no policy.
        other_policy = {"ArnNotEquals": {"eks:policyArn": policies}} if policies else {}
        yield _statement("Deny", ["eks:AssociateAccessPolicy"], entries, other_policy)
        if policies:
            yield _statement(
                "Allow",
                ["eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy"],
                entries,
                {"ArnEquals": {"eks:policyArn": policies}, "StringEquals": self._ours()},
            )
        if scope.groups:
            yield from self._of_form(scope, self._arns(clusters, "cluster"), entries, _within(scope.groups))
            yield from self._of_former_groups(scope, entries)
        if policies:
            yield from self._of_form(scope, self._arns(clusters, "cluster"), entries, self._without_groups())
        if any(WILDCARD in group for group in scope.groups):
            # A template in a group would be filled in by whoever names the session, past the list of never.
            never = [group for name in self.marks.all for group in scope.as_named(self.marks.installation, name).never]
            reached = {"ForAnyValue:StringLike": {_GROUPS: [*dict.fromkeys(never), "*{*"]}}
            places = self._arns(clusters, "cluster") + entries
            yield _statement("Deny", ["eks:CreateAccessEntry", "eks:UpdateAccessEntry"], places, reached)

    def _of_form(
        self, scope: EntryScope, clusters: list[str], entries: list[str], groups: Condition
    ) -> Iterator[Statement]:
        """An entry may be made, and changed, in our form only and with groups of the rules only."""
        within = groups | self._named(scope, self.marks.installation)
        created = {
            "StringEquals": {"eks:accessEntryType": "STANDARD", _NEW_TAG: self.marks.installation},
            "ArnLike": {"eks:principalArn": [f"arn:{self.partition}:iam::{a}:role/*" for a in scope.accounts]},
        }
        yield _statement("Allow", ["eks:CreateAccessEntry"], clusters, within | created)
        yield _statement("Allow", ["eks:UpdateAccessEntry"], entries, within | {"StringEquals": self._ours()})

    def _of_former_groups(self, scope: EntryScope, entries: list[str]) -> Iterator[Statement]:
        """An update may be judged by what the entry is (AWS does not say): then it has a former name's form.

        Its mark may be that of today already: an entry is marked anew before it is changed.
        """
        for name in self.marks.formerly:
            former = scope.as_named(self.marks.installation, name)
            within = _within(former.groups) | self._named(scope, name)
            yield _statement("Allow", ["eks:UpdateAccessEntry"], entries, within | {"StringEquals": self._ours()})

    def _without_groups(self) -> Condition:
        """What is true of no group at all: an entry stands with groups or with access policies.

        Said by the one name that no group has, not by Null: whether that is true of an empty list is not documented.
        """
        return {"ForAllValues:StringLike": {_GROUPS: [f"{self.marks.installation}:"]}}

    def _named(self, scope: EntryScope, installation: str) -> Condition:
        return {"StringLike": {"eks:username": [_username(installation, account) for account in scope.accounts]}}

    def _ours(self) -> dict[str, Any]:
        return {_OWN_TAG: list(self.marks.all) if self.marks.formerly else self.marks.installation}

    def _nothing_on_its_own(self) -> Statement:
        # IAM's names ignore case, so the ARN in a request may be spelled in any.
        own = {"StringEqualsIgnoreCase": {"eks:principalArn": self.role_arn}}
        return _statement("Deny", _WRITES, ["*"], own)

    def _reads(self) -> Iterator[Statement]:
        entries = self._arns(self._every(), "access-entry", "/*")
        yield _statement("Allow", ["eks:ListAccessEntries"], self._arns(self._every(), "cluster"))
        yield _statement("Allow", ["eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"], entries)

    def _on_ours(self) -> Iterator[Statement]:
        """What needs our mark and no rule: what was given must go when the rules are gone."""
        entries = self._arns(self._every(), "access-entry", "/role/*")
        installation, ours = self.marks.installation, {"StringEquals": self._ours()}
        yield _statement("Allow", ["eks:DeleteAccessEntry"], entries, ours)
        if self.marks.formerly:
            # The mark of today stays: an entry that loses it is nobody's, and its access is never revoked.
            former = [role_id_tag(name) for name in self.marks.formerly]
            former_only = {"ForAllValues:StringEquals": {"aws:TagKeys": former}, "Null": {"aws:TagKeys": "false"}}
            of_today = {"StringEquals": {_OWN_TAG: installation}}
            yield _statement("Allow", ["eks:UntagResource"], entries, of_today | former_only)
        # EKS asks for TagResource when an entry is made with tags, and has no key that tells this from a tag on an
        # entry that is there. Either it shows the new tags as the resource's (IAM user guide, aws:ResourceTag), or the
        # new entry's own username; a foreign entry has neither.
        keys = {"ForAllValues:StringEquals": {"aws:TagKeys": [MANAGED_BY, role_id_tag(installation)]}}
        marked = {_NEW_TAG: installation} | self._ours()
        yield _statement("Allow", ["eks:TagResource"], entries, keys | {"StringEquals": marked})
        in_our_form = {
            "StringEquals": {_NEW_TAG: installation, "eks:accessEntryType": "STANDARD"},
            "StringLike": {"eks:username": _username(installation, "*")},
            "Null": {_OWN_TAG: "true"},
        }
        yield _statement("Allow", ["eks:TagResource"], entries, keys | in_our_form)

    def _every(self) -> list[Cluster]:
        return [cluster for _, clusters in self.clusters for cluster in clusters]

    def _arns(self, clusters: Iterable[Cluster], kind: str, rest: str = "") -> list[str]:
        return [f"arn:{self.partition}:eks:{c.region}:{c.account}:{kind}/{c.name}{rest}" for c in clusters]

    def _check(self, statements: Iterable[Statement], clusters: Sequence[Cluster], reason: str) -> None:
        largest = max(size([statement]) for statement in statements)
        if largest > MANAGED_POLICY_CHARACTERS:
            raise self._too_large(
                clusters, f"needs a policy of {largest} characters{reason}, and IAM takes {MANAGED_POLICY_CHARACTERS}"
            )

    def _too_large(self, clusters: Sequence[Cluster], needs: str) -> ConfigurationError:
        tags = ", ".join(cluster.tag for cluster in clusters)
        return ConfigurationError(
            f"{self.source}: cluster {tags}: the registrar's right to access entries {needs}. Name fewer grants in the"
            " rules (one such as edit@team-* stands for many), or, if the cluster's mode is CONFIG_MAP, say"
            " backend: aws-auth there"
        )


def _within(groups: Sequence[str]) -> Condition:
    """True of a request with groups, all of them among these."""
    return {
        # ForAllValues is true of no group at all. Null forbids a request without groups, ForAnyValue an empty list.
        "ForAllValues:StringLike": {_GROUPS: list(groups)},
        "ForAnyValue:StringLike": {_GROUPS: "?*"},
        "Null": {_GROUPS: "false"},
    }


def _username(installation: str, account: str) -> str:
    return f"{installation}:{account}:role/*:{SESSION}"


def _statement(
    effect: str, actions: Sequence[str], resources: list[str], condition: dict[str, Any] | None = None
) -> Statement:
    made: Statement = {"Effect": effect, "Action": list(actions), "Resource": resources}
    return made | ({"Condition": condition} if condition else {})


def _packed(statements: Iterable[Statement]) -> list[list[Statement]]:
    """The statements, each of which fits, in as few groups as their order allows."""
    groups: list[list[Statement]] = []
    for statement in statements:
        if groups and size([*groups[-1], statement]) <= MANAGED_POLICY_CHARACTERS:
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups
