"""The registrar's namespace, its RBAC, and the ConfigMaps that keep former bodies of aws-auth."""

from __future__ import annotations

from typing import Any

from registrar.rights.scope import Scope

AWS_AUTH_NAMESPACE = "kube-system"
AWS_AUTH = "aws-auth"
HISTORY = tuple(f"history-{number}" for number in range(10))

_RBAC = "rbac.authorization.k8s.io"
_REWRITE = ("get", "update", "patch")


def namespace(scope: Scope) -> dict[str, Any]:
    """The namespace, named after the installation."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scope.installation}}


def history(scope: Scope) -> list[dict[str, Any]]:
    """The ConfigMaps of the history: without ``data``, so that a second ``kubectl apply`` keeps what they hold."""
    return [_object("v1", "ConfigMap", name, scope.installation) for name in HISTORY]


def kept_annotation(installation: str) -> str:
    """The key of the annotation that says what a ConfigMap of the history holds (``sinks/kept.py``)."""
    return f"{installation}/kept"


def rbac(scope: Scope) -> list[dict[str, Any]]:
    """Three roles and their bindings to the registrar's own group."""
    aws_auth = [_rule("", "configmaps", _REWRITE, (AWS_AUTH,))]
    kept = [_rule("", "configmaps", _REWRITE, HISTORY)]
    return [
        *_granted(scope, "ClusterRole", scope.controller, None, _cluster_rules(scope)),
        *_granted(scope, "Role", scope.controller, AWS_AUTH_NAMESPACE, aws_auth),
        *_granted(scope, "Role", scope.controller, scope.installation, kept),
    ]


def _cluster_rules(scope: Scope) -> list[dict[str, Any]]:
    # Not limited by name: `create` and `list` cannot be, and a binding whose rule is gone must still be removable.
    # The admission policy on bindings bounds these verbs to our own objects.
    bindings = _rule(
        _RBAC, "rolebindings", ("get", "list", "create", "update", "patch", "delete"), (), more=("clusterrolebindings",)
    )
    # Any ClusterRole may be looked at: a rule that came or went must not turn "does it exist?" into a refusal.
    rules = [_rule("", "namespaces", ("get",), ()), _rule(_RBAC, "clusterroles", ("get",), ()), bindings]
    if scope.cluster_roles:
        # `bind` lets it bind these roles without holding their rights; RBAC refuses every other role by itself.
        rules.append(_rule(_RBAC, "clusterroles", ("bind",), scope.cluster_roles))
    return rules


def _granted(
    scope: Scope, kind: str, name: str, where: str | None, rules: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    role = _object(f"{_RBAC}/v1", kind, name, where) | {"rules": rules}
    binding = _object(f"{_RBAC}/v1", f"{kind}Binding", name, where) | {
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": scope.controller}],
    }
    return [role, binding]


def _rule(
    group: str, resource: str, verbs: tuple[str, ...], named: tuple[str, ...], more: tuple[str, ...] = ()
) -> dict[str, Any]:
    rule: dict[str, Any] = {"apiGroups": [group], "resources": [resource, *more], "verbs": list(verbs)}
    return rule | ({"resourceNames": list(named)} if named else {})


def _object(version: str, kind: str, name: str, where: str | None) -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": where} if where else {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata}
