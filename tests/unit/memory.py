"""A cluster in memory: aws-auth with the API server's versions, bindings, and an IAM that a test can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.memory.stores import NODE_ROW, Bindings, Iam, Rows
from registrar.eks.cluster import resolved
from registrar.model import Role
from registrar.policy import Cluster, Policy
from registrar.reconcile import Runtime
from registrar.service import Registrar
from registrar.situation import ClusterAccess
from tests.unit.samples import NOW, POLICY_HEAD, policy_of

__all__ = ["NODE_ROW", "RULES", "Bindings", "Iam", "Rows", "World", "event", "world"]

ENFORCED = POLICY_HEAD.replace("eu-west-1}", "eu-west-1, mode: enforce}")
RULES = """
- {name: all, roles: ["/**"], clusters: [prod, test], allow: [view, "edit@*"]}
"""


@dataclass
class World:
    """Everything that a registrar reads and writes."""

    policy: Policy
    rows: dict[str, Rows] = field(default_factory=dict)
    bindings: dict[str, Bindings] = field(default_factory=dict)
    iam: Iam = field(default_factory=Iam)

    def open(self, cluster: Cluster) -> ClusterAccess:
        """Reach a cluster, whose mode is CONFIG_MAP."""
        rows, bindings = self.rows.setdefault(cluster.tag, Rows()), self.bindings.setdefault(cluster.tag, Bindings())
        return ClusterAccess(resolved(cluster, "CONFIG_MAP"), rows, bindings)

    def registrar(self) -> Registrar:
        """A registrar over this world, whose clock stands at ``NOW`` and which never waits."""
        runtime = Runtime(now=lambda: NOW, pause=lambda _: None)
        return Registrar(self.policy, self.policy.clusters, self.open, self.iam, runtime)


def event(name: str = "TagRole", role: str = "alice", account: str = "123456789012", **detail: Any) -> dict[str, Any]:
    """An IAM event in its envelope."""
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "account": account,
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "eventTime": "2026-11-20T12:00:00Z",
            "requestParameters": {"roleName": role},
            **detail,
        },
    }


def world(*roles: Role, rules: str = RULES) -> World:
    """A world in which IAM knows these roles."""
    made = World(policy_of(rules, ENFORCED))
    made.iam.roles = {one.ref: one for one in roles}
    return made
