"""The questions by which rights are measured: every rule of the bindings in question, cut into single requests. Pure.

A wildcard is asked as itself: RBAC says yes to ``*`` only for a rule that has it. So two sets of bindings that answer
alike to all rules of both give the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from registrar.adoption.rbac import PolicyRule, Rbac, SeenBinding

_ANY = "*"


@dataclass(frozen=True, order=True)
class Probe:
    """A request to the Kubernetes API. ``path`` is of one for no resource; an empty ``namespace`` is all of them."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""

    @property
    def attributes(self) -> dict[str, Any]:
        """The part of a SubjectAccessReview's ``spec`` that says what is asked."""
        if self.path:
            return {"nonResourceAttributes": {"verb": self.verb, "path": self.path}}
        keys = ("verb", "group", "resource", "subresource", "name", "namespace")
        return {"resourceAttributes": {key: getattr(self, key) for key in keys if getattr(self, key)}}

    @property
    def text(self) -> str:
        """The request in words: ``get pods/log in payments``."""
        if self.path:
            return f"{self.verb} {self.path}"
        what = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        full = f"{what}.{self.group}" if self.group else what
        named = f" named {self.name}" if self.name else ""
        return f"{self.verb} {full}{named} in {self.namespace or 'all namespaces'}"


_VERBS = ("get", "list", "create", "update", "delete")
_EVERYWHERE = ("pods", "secrets", "configmaps", "serviceaccounts", "nodes", "namespaces")

BASE = (
    Probe(_ANY, _ANY, _ANY),
    Probe(_ANY, path=_ANY),
    Probe("get", path="/healthz"),
    Probe("get", path="/metrics"),
    Probe("impersonate", resource="users"),
    Probe("escalate", "rbac.authorization.k8s.io", "clusterroles"),
    Probe("bind", "rbac.authorization.k8s.io", "clusterroles"),
    Probe("create", resource="pods", subresource="exec"),
    Probe("update", resource="configmaps", name="aws-auth", namespace="kube-system"),
    *(Probe(verb, resource=resource) for verb in _VERBS for resource in _EVERYWHERE),
)
"""What is asked of everybody, whatever the bindings say: another authorizer than RBAC may have a say, too."""


def probes_for(bindings: Iterable[SeenBinding], rbac: Rbac) -> tuple[Probe, ...]:
    """All questions that these bindings give rise to, each once, sorted."""
    found = set(BASE)
    for binding in bindings:
        for rule in rbac.rules(binding):
            found.update(_cut(rule, binding.namespace))
    return tuple(sorted(found))


def _cut(rule: PolicyRule, namespace: str | None) -> Iterator[Probe]:
    for verb, group, resource, name in product(rule.verbs, rule.groups, rule.resources, rule.names or ("",)):
        what, _, part = resource.partition("/")
        yield Probe(verb, group, what, part, name, namespace or "")
    if namespace is None:  # a RoleBinding gives no path
        for verb, path in product(rule.verbs, rule.paths):
            yield Probe(verb, path=path)


def would_allow(bindings: Iterable[SeenBinding], rbac: Rbac, probe: Probe) -> bool:
    """Whether bindings would allow a request once they stand: a forecast of what the API server will say.

    Source: kubernetes ``pkg/apis/rbac/v1/evaluation_helpers.go`` (VerbMatches, APIGroupMatches, ResourceMatches,
    ResourceNameMatches, NonResourceURLMatches).
    """
    return any(
        _within(binding, probe) and any(_allows(rule, probe) for rule in rbac.rules(binding)) for binding in bindings
    )


def _within(binding: SeenBinding, probe: Probe) -> bool:
    return binding.namespace is None or (not probe.path and binding.namespace == probe.namespace)


def _allows(rule: PolicyRule, probe: Probe) -> bool:
    if not _has(rule.verbs, probe.verb):
        return False
    if probe.path:
        return any(_path_matches(path, probe.path) for path in rule.paths)
    named = not rule.names or probe.name in rule.names
    return named and _has(rule.groups, probe.group) and any(_resource_matches(one, probe) for one in rule.resources)


def _has(listed: tuple[str, ...], wanted: str) -> bool:
    return _ANY in listed or wanted in listed


def _resource_matches(resource: str, probe: Probe) -> bool:
    asked = f"{probe.resource}/{probe.subresource}" if probe.subresource else probe.resource
    return resource in (_ANY, asked) or bool(probe.subresource and resource == f"{_ANY}/{probe.subresource}")


def _path_matches(path: str, asked: str) -> bool:
    return path in (_ANY, asked) or (path.endswith(_ANY) and asked.startswith(path.rstrip(_ANY)))
