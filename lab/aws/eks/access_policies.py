"""What EKS's access policies allow. The rules are data: ``access_policies.yaml``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.aws.eks.model import Association, Scope

_RULES = Path(__file__).with_suffix(".yaml")
_ANY = "*"


@dataclass(frozen=True)
class Access:
    """What somebody wants to do to the Kubernetes API, by the words of a SubjectAccessReview.

    ``resource`` is ``pods`` or, with a subresource, ``pods/exec``. ``path`` is of a request for no resource, else None.
    """

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    path: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of a policy, as a rule of a ClusterRole."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def allows(self, access: Access) -> bool:
        """Whether it does."""
        if not _holds(self.verbs, access.verb):
            return False
        if access.path is not None:
            return _holds(self.paths, access.path)
        return _holds(self.groups, access.group) and _holds(self.resources, access.resource)


def names() -> frozenset[str]:
    """The names of the policies."""
    return frozenset(_policies())


def allowing(associations: Iterable[Association], access: Access) -> str | None:
    """The name of a policy that allows the access, or None."""
    for association in associations:
        name = association.policy_arn.rpartition("/")[2]
        if within(association.scope, access) and any(rule.allows(access) for rule in _policies()[name]):
            return name
    return None


def within(scope: Scope, access: Access) -> bool:
    """Whether the access is in the scope: what is in no namespace is in the whole cluster's only."""
    if scope.kind == "cluster":
        return True
    return bool(access.namespace) and any(_pattern(one).fullmatch(access.namespace) for one in scope.namespaces)


def _holds(listed: tuple[str, ...], wanted: str) -> bool:
    return _ANY in listed or wanted in listed


@cache
def _pattern(namespace: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in namespace.split(_ANY)))


@cache
def _policies() -> dict[str, tuple[Rule, ...]]:
    document = yaml.safe_load(_RULES.read_text())
    parts = {name: tuple(_rule(one) for one in rules) for name, rules in document["parts"].items()}
    return {name: tuple(rule for part in of for rule in parts[part]) for name, of in document["policies"].items()}


def _rule(written: dict[str, Any]) -> Rule:
    kinds = ("verbs", "apiGroups", "resources", "nonResourceURLs")
    return Rule(*(tuple(written.get(kind, ())) for kind in kinds))
