"""The RBAC objects of a cluster as far as rights are concerned. Pure.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{\w+\}\}")
# What AWS lets a session's name be (STS API reference, AssumeRole), and an account's number, a key's id, a DNS name.
_RENDERED = r"[\w+=,.@-]*"


@dataclass(frozen=True)
class PolicyRule:
    """One rule of a Role or ClusterRole."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenBinding:
    """A binding of anybody's. ``namespace`` is ``None`` for a ClusterRoleBinding; ``own_role``: it is to a Role."""

    name: str
    namespace: str | None
    role: str
    own_role: bool = False
    groups: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """Its name in words."""
        if self.namespace is None:
            return f"ClusterRoleBinding {self.name}"
        return f"RoleBinding {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Rbac:
    """Roles and bindings of a whole cluster."""

    cluster_roles: Mapping[str, tuple[PolicyRule, ...]] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], tuple[PolicyRule, ...]] = field(default_factory=dict)
    bindings: tuple[SeenBinding, ...] = ()

    def of_groups(self, groups: AbstractSet[str]) -> tuple[SeenBinding, ...]:
        """The bindings that name one of these groups."""
        return tuple(binding for binding in self.bindings if binding.groups & groups)

    def of_user(self, template: str) -> tuple[SeenBinding, ...]:
        """The bindings that name a user whom a username template can come to."""
        pattern = re.compile(_RENDERED.join(re.escape(part) for part in _PLACEHOLDER.split(template)), re.ASCII)
        return tuple(one for one in self.bindings if any(pattern.fullmatch(user) for user in one.users))

    def rules(self, binding: SeenBinding) -> tuple[PolicyRule, ...]:
        """What a binding gives; nothing where its role is not there."""
        if binding.own_role:
            return self.roles.get((binding.namespace or "", binding.role), ())
        return self.cluster_roles.get(binding.role, ())


def rendered(template: str) -> str:
    """A username that a template can come to."""
    return _PLACEHOLDER.sub("adoption", template)


def rbac_of(objects: Iterable[tuple[str, Mapping[str, Any]]]) -> Rbac:
    """Of Kubernetes' objects, each with its kind."""
    cluster_roles: dict[str, tuple[PolicyRule, ...]] = {}
    roles: dict[tuple[str, str], tuple[PolicyRule, ...]] = {}
    bindings: list[SeenBinding] = []
    for kind, found in objects:
        metadata = found["metadata"]
        if kind == "ClusterRole":
            cluster_roles[metadata["name"]] = tuple(_rules(found))
        elif kind == "Role":
            roles[metadata["namespace"], metadata["name"]] = tuple(_rules(found))
        else:
            bindings.append(_binding(found))
    return Rbac(cluster_roles, roles, tuple(bindings))


def _rules(found: Mapping[str, Any]) -> Iterator[PolicyRule]:
    keys = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
    for rule in found.get("rules") or ():
        yield PolicyRule(*(tuple(rule.get(key) or ()) for key in keys))


def _binding(found: Mapping[str, Any]) -> SeenBinding:
    metadata, role = found["metadata"], found["roleRef"]
    subjects = [(one.get("kind"), one.get("name", "")) for one in found.get("subjects") or ()]
    return SeenBinding(
        name=metadata["name"],
        namespace=metadata.get("namespace"),
        role=role["name"],
        own_role=role["kind"] == "Role",
        groups=frozenset(name for kind, name in subjects if kind == "Group"),
        users=frozenset(name for kind, name in subjects if kind == "User"),
    )
