"""What can be asked for: the forms of a grant, and access policies as EKS keeps them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class GrantKind(StrEnum):
    """The forms of a grant in a tag."""

    CLUSTER_ROLE = "clusterrole"
    GROUP = "group"
    POLICY = "policy"


@dataclass(frozen=True, order=True)
class Grant:
    """One readable grant, without its time: ``edit@payments``, ``group=oncall``, ``policy=AmazonEKSViewPolicy``.

    ``namespace`` is ``None`` for the whole cluster, and always for a group.
    """

    kind: GrantKind
    name: str
    namespace: str | None = None

    @property
    def text(self) -> str:
        """The grant as a tag spells it."""
        prefix = "" if self.kind is GrantKind.CLUSTER_ROLE else f"{self.kind.value}="
        return f"{prefix}{self.name}" + (f"@{self.namespace}" if self.namespace else "")


def united_policies(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Grants of access policies as EKS keeps them: for the whole cluster, or for each of some namespaces; sorted.

    A policy is associated with an entry once, and the whole cluster has every namespace in it.
    """
    found = {grant for grant in grants if grant.kind is GrantKind.POLICY}
    everywhere = {grant.name for grant in found if grant.namespace is None}
    united = (grant for grant in found if grant.namespace is None or grant.name not in everywhere)
    return tuple(sorted(united, key=lambda grant: grant.text))


def is_covered(policy: Grant, by: Iterable[Grant]) -> bool:
    """Whether one of these access policies gives what ``policy`` gives, for the whole cluster or in its namespace."""
    return any(one.name == policy.name and one.namespace in (None, policy.namespace) for one in by)


def common_policies(some: Sequence[Grant], others: Sequence[Grant]) -> tuple[Grant, ...]:
    """What both give, united: of a policy for the whole cluster and the same in a namespace, the latter."""
    both = [one for one in some if is_covered(one, others)] + [one for one in others if is_covered(one, some)]
    return united_policies(both)


def scopes_of(policies: Iterable[Grant]) -> dict[str, tuple[str, ...]]:
    """By access policy its namespaces, sorted; none of one for the whole cluster. The policies are united."""
    found: dict[str, list[str]] = {}
    for grant in policies:
        found.setdefault(grant.name, []).extend([grant.namespace] if grant.namespace else [])
    return {name: tuple(sorted(namespaces)) for name, namespaces in sorted(found.items())}
