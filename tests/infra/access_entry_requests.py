"""Calls to EKS about access entries, as IAM sees them, and what the registrar's role may do of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from infra.access_entry_rights import AccessEntryRights
from registrar import configuration
from registrar.grants import Grant
from registrar.marks import MANAGED_BY
from registrar.policy import Policy, Rule
from tests.infra.iam_judge import ACCOUNT, EVERYTHING, verdicts

OTHER_ACCOUNT = "111122223333"
OURS = "eks-registrar"
OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks-registrar-public-eu-west-1"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:role/dev/alice"
MARK = {MANAGED_BY: OURS}
TAGS = MARK | {f"{OURS}/role-id": "AROAEXAMPLE"}


@dataclass(frozen=True)
class Entry:
    """An access entry: the one that a call is about, as it is or as the call asks for it.

    ``groups`` of ``None`` are not in the request's context at all.
    """

    principal: str = DEVELOPER
    username: str = f"{OURS}:{ACCOUNT}:role/alice:{{{{SessionName}}}}"
    groups: tuple[str, ...] | None = (f"{OURS}:edit@team-a",)
    kind: str = "STANDARD"

    def context(self) -> dict[str, Any]:
        """EKS's own condition keys of the entry."""
        keys: dict[str, Any] = {
            "eks:accessEntryType": self.kind,
            "eks:principalArn": self.principal,
            "eks:username": self.username,
        }
        return keys | ({} if self.groups is None else {"eks:kubernetesGroups": list(self.groups)})


@dataclass(frozen=True)
class Call:
    """One call. ``asked`` are the tags of the request, ``tags`` those on the entry, ``untag`` keys to be removed.

    ``scope`` and ``namespaces`` are where an access policy shall be in effect; ``None`` is not in the request at all.
    """

    action: str
    entry: Entry = Entry()
    asked: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    untag: tuple[str, ...] = ()
    policy: str | None = None
    scope: str | None = None
    namespaces: tuple[str, ...] | None = None
    cluster: str = "prod"
    region: str = "eu-west-1"
    account: str = ACCOUNT

    def as_json(self, documents: Sequence[Any]) -> dict[str, Any]:
        """The call as ``iam_simulate.mjs`` reads it."""
        about_entry = {} if self.action in ("ListAccessEntries", "ListAccessPolicies") else self.entry.context()
        context = about_entry | {f"aws:RequestTag/{key}": value for key, value in self.asked}
        context |= {f"aws:ResourceTag/{key}": value for key, value in self.tags}
        if keys := [*dict(self.asked), *self.untag]:
            context["aws:TagKeys"] = keys
        if self.policy:
            context["eks:policyArn"] = f"arn:aws:eks::aws:cluster-access-policy/{self.policy}"
        if self.scope is not None:
            context["eks:accessScope"] = self.scope
        if self.namespaces is not None:
            context["eks:namespaces"] = list(self.namespaces)
        return {
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/eks-registrar-public-eu-west-1/session",
            "action": f"eks:{self.action}",
            "resource": self._resource(),
            "account": self.account,
            "context": context,
            "identityPolicies": list(documents),
            "serviceControlPolicies": [EVERYTHING],
        }

    def _resource(self) -> str:
        if self.action == "ListAccessPolicies":
            return "*"  # those of AWS: no resource
        on_cluster = self.action in ("CreateAccessEntry", "ListAccessEntries")
        return self._arn("cluster", self.cluster) if on_cluster else self._arn("access-entry", self._entry())

    def _entry(self) -> str:
        _, _, _, _, account, name = self.entry.principal.split(":")
        kind, _, rest = name.partition("/")
        return f"{self.cluster}/{kind}/{account}/{rest.rpartition('/')[2]}/0e1f2a3b-4c5d-6e7f-8a9b-0c1d2e3f4a5b"

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:eks:{self.region}:{self.account}:{kind}/{name}"


def policy_of(rules: str, clusters: Sequence[str] = ("prod",), more: str = "") -> Policy:
    """A configuration with clusters of these names; ``rules`` are flow mappings of YAML, one a line."""
    listed = "".join(f'- {{name: {name}, account: "{ACCOUNT}", region: eu-west-1{more}}}\n' for name in clusters)
    return configuration.parse(f"clusters:\n{listed}rules:\n{rules}\n")


def with_rule(policy: Policy, *grants: Grant) -> Policy:
    """The configuration with one more rule for cluster prod, which may be of grants that no file may name yet."""
    rule = Rule("one-more", ("prod",), (ACCOUNT,), ("/ops/root",), allow=grants, privileged=True)
    return replace(policy, rules=(*policy.rules, rule))


def rights_of(policy: Policy) -> AccessEntryRights:
    """The rights of the function that serves all clusters of a configuration."""
    return AccessEntryRights.of(policy, policy.clusters, partition="aws", role_arn=OWN_ROLE)


def verdicts_on(calls: Sequence[Call], policy: Policy) -> list[str]:
    """What IAM would say to each call of the function."""
    documents = rights_of(policy).documents()
    return verdicts([call.as_json(documents) for call in calls])


def not_as(expected: str, calls: Sequence[Call], policy: Policy) -> list[tuple[Call, str]]:
    """The calls whose verdict does not begin so: "Allowed", or of what is denied "Explicitly" or "Implicitly"."""
    judged = zip(calls, verdicts_on(calls, policy), strict=True)
    return [(call, verdict) for call, verdict in judged if not verdict.startswith(expected)]
