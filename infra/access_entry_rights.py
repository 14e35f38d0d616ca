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
from infra.access_policy_rights import access_policy_rights
from infra.iam_statement import Condition, packed, statement, within
from infra.tag_guard_document import MANAGED_POLICY_CHARACTERS, Document, Statement, size
from registrar.errors import ConfigurationError
from registrar.marks import MANAGED_BY, SESSION, Marks, role_id_tag
from registrar.policy import Cluster, Policy
from registrar.rights.scope import WILDCARD

MANAGED_POLICIES_PER_ROLE: Final = 10
"""Most managed policies of a role, if the account has asked for no more (IAM user guide, "IAM and AWS STS quotas")."""

ROLE_CHARACTERS: Final = 10_240
"""Most characters of all policies that are a role's own together, white space not counted (the same page)."""

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

    ``cleared`` are those whose access stays in aws-auth: there no entry is made, and one of ours is removed, for a
    person may change their mode at any time. What is made carries the mark of today; what carries a former one is ours
    all the same, to be changed, marked anew and removed. ``role_arn`` is the function's own role. ``source`` is the
    configuration's file, for messages.
    """

    marks: Marks
    partition: str
    role_arn: str
    clusters: tuple[tuple[EntryScope, tuple[Cluster, ...]], ...]
    cleared: tuple[Cluster, ...]
    source: str

    @classmethod
    def of(cls, policy: Policy, clusters: Sequence[Cluster], *, partition: str, role_arn: str) -> AccessEntryRights:
        """The rights that a configuration asks for in these of its clusters."""
        found: dict[EntryScope, list[Cluster]] = {}
        for cluster in clusters:
            if cluster.backend in _BACKENDS:
                found.setdefault(EntryScope.of(policy, cluster), []).append(cluster)
        together = tuple((scope, tuple(members)) for scope, members in found.items())
        cleared = tuple(cluster for cluster in clusters if cluster.backend not in _BACKENDS)
        return cls(policy.marks, partition, role_arn, together, cleared, policy.source)

    def documents(self) -> tuple[Document, ...]:
        """As policies, all of them for the role: one of its own, and managed ones for what does not fit into that.

        What denies comes first. Empty without a cluster.

        Raises:
            ConfigurationError: if the rules of a cluster need a statement, or all clusters more policies, than IAM
                takes.

        """
        self._check([*self._reads(), *self._on_ours()], self._every(), f" for {len(self._every())} clusters")
        for scope, clusters in self.clusters:
            self._check(self._of_groups(scope, clusters), clusters, f" for {len(scope.groups)} Kubernetes groups")
            most = max((len(one.namespaces) for one in scope.access_policies), default=0)
            self._check(self._of_policies(scope, clusters), clusters, f" for {most} namespaces of one access policy")
        parts = packed(self.statements())
        managed = len(parts) - 1
        if managed > MANAGED_POLICIES_PER_ROLE:
            raise self._too_large(
                self._every(), f"needs {managed} managed policies, and a role takes {MANAGED_POLICIES_PER_ROLE}"
            )
        return tuple({"Version": "2012-10-17", "Statement": statements} for statements in parts)

    def statements(self) -> list[Statement]:
        """Every statement, what denies first; none without a cluster."""
        if not self._every():
            return []
        made = [self._nothing_on_its_own()]
        for scope, clusters in self.clusters:
            made += [*self._of_policies(scope, clusters), *self._of_groups(scope, clusters)]
        return sorted([*made, *self._reads(), *self._on_ours()], key=lambda one: one["Effect"] != "Deny")

    def _of_policies(self, scope: EntryScope, clusters: Sequence[Cluster]) -> Iterator[Statement]:
        entries = self._arns(clusters, "access-entry", "/role/*")
        return access_policy_rights(scope.access_policies, self.partition, entries, self._ours())

    def _of_groups(self, scope: EntryScope, clusters: Sequence[Cluster]) -> Iterator[Statement]:
        """The form of an entry, which depends on the rules."""
        entries = self._arns(clusters, "access-entry", "/role/*")
        if scope.groups:
            yield from self._of_form(scope, self._arns(clusters, "cluster"), entries, within(_GROUPS, scope.groups))
            yield from self._of_former_groups(scope, entries)
        if scope.access_policies:
            yield from self._of_form(scope, self._arns(clusters, "cluster"), entries, self._without_groups())
        if any(WILDCARD in group for group in scope.groups):
            # A template in a group would be filled in by whoever names the session, past the list of never.
            never = [group for name in self.marks.all for group in scope.as_named(self.marks.installation, name).never]
            reached = {"ForAnyValue:StringLike": {_GROUPS: [*dict.fromkeys(never), "*{*"]}}
            places = self._arns(clusters, "cluster") + entries
            yield statement("Deny", ["eks:CreateAccessEntry", "eks:UpdateAccessEntry"], places, reached)

    def _of_form(
        self, scope: EntryScope, clusters: list[str], entries: list[str], groups: Condition
    ) -> Iterator[Statement]:
        """An entry may be made, and changed, in our form only and with groups of the rules only."""
        form = groups | self._named(scope, self.marks.installation)
        created = {
            "StringEquals": {"eks:accessEntryType": "STANDARD", _NEW_TAG: self.marks.installation},
            "ArnLike": {"eks:principalArn": [f"arn:{self.partition}:iam::{a}:role/*" for a in scope.accounts]},
        }
        yield statement("Allow", ["eks:CreateAccessEntry"], clusters, form | created)
        yield statement("Allow", ["eks:UpdateAccessEntry"], entries, form | {"StringEquals": self._ours()})

    def _of_former_groups(self, scope: EntryScope, entries: list[str]) -> Iterator[Statement]:
        """An update may be judged by what the entry is (AWS does not say): then it has a former name's form.

        Its mark may be that of today already: an entry is marked anew before it is changed.
        """
        for name in self.marks.formerly:
            former = scope.as_named(self.marks.installation, name)
            form = within(_GROUPS, former.groups) | self._named(scope, name)
            yield statement("Allow", ["eks:UpdateAccessEntry"], entries, form | {"StringEquals": self._ours()})

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
        return statement("Deny", _WRITES, ["*"], own)

    def _reads(self) -> Iterator[Statement]:
        entries = self._arns(self._every(), "access-entry", "/*")
        yield statement("Allow", ["eks:ListAccessEntries"], self._arns(self._every(), "cluster"))
        yield statement("Allow", ["eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"], entries)
        yield statement("Allow", ["eks:ListAccessPolicies"], ["*"])  # those of AWS: it knows no resource

    def _on_ours(self) -> Iterator[Statement]:
        """What needs our mark and no rule: what was given must go when the rules are gone."""
        every = self._arns(self._every(), "access-entry", "/role/*")
        yield statement("Allow", ["eks:DeleteAccessEntry"], every, {"StringEquals": self._ours()})
        written = [cluster for _, clusters in self.clusters for cluster in clusters]
        if written:
            yield from self._marking(self._arns(written, "access-entry", "/role/*"))

    def _marking(self, entries: list[str]) -> Iterator[Statement]:
        """The mark comes with an entry and stays on it."""
        installation = self.marks.installation
        if self.marks.formerly:
            # The mark of today stays: an entry that loses it is nobody's, and its access is never revoked.
            former = [role_id_tag(name) for name in self.marks.formerly]
            former_only = {"ForAllValues:StringEquals": {"aws:TagKeys": former}, "Null": {"aws:TagKeys": "false"}}
            of_today = {"StringEquals": {_OWN_TAG: installation}}
            yield statement("Allow", ["eks:UntagResource"], entries, of_today | former_only)
        # EKS asks for TagResource when an entry is made with tags, and has no key that tells this from a tag on an
        # entry that is there. Either it shows the new tags as the resource's (IAM user guide, aws:ResourceTag), or the
        # new entry's own username; a foreign entry has neither.
        keys = {"ForAllValues:StringEquals": {"aws:TagKeys": [MANAGED_BY, role_id_tag(installation)]}}
        marked = {_NEW_TAG: installation} | self._ours()
        yield statement("Allow", ["eks:TagResource"], entries, keys | {"StringEquals": marked})
        in_our_form = {
            "StringEquals": {_NEW_TAG: installation, "eks:accessEntryType": "STANDARD"},
            "StringLike": {"eks:username": _username(installation, "*")},
            "Null": {_OWN_TAG: "true"},
        }
        yield statement("Allow", ["eks:TagResource"], entries, keys | in_our_form)

    def _every(self) -> list[Cluster]:
        return [*(cluster for _, clusters in self.clusters for cluster in clusters), *self.cleared]

    def _arns(self, clusters: Iterable[Cluster], kind: str, rest: str = "") -> list[str]:
        return [f"arn:{self.partition}:eks:{c.region}:{c.account}:{kind}/{c.name}{rest}" for c in clusters]

    def _check(self, statements: Iterable[Statement], clusters: Sequence[Cluster], reason: str) -> None:
        largest = max((size([one]) for one in statements), default=0)
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


def _username(installation: str, account: str) -> str:
    return f"{installation}:{account}:role/*:{SESSION}"
