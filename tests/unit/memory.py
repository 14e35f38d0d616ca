"""A cluster in memory: aws-auth with the API server's versions, bindings, and an IAM that a test can set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from registrar.errors import RegistrarError, WriteConflict
from registrar.model import Binding, BindingState, Gone, PrincipalRef, RbacView, Role, Row
from registrar.policy import Cluster, Policy
from registrar.reconcile import ClusterAccess, Runtime
from registrar.service import Registrar
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.unit.samples import NOW, POLICY_HEAD, PREFIX, policy_of

NODE_ROW = "- rolearn: arn:aws:iam::123456789012:role/node\n  username: system:node:x\n  groups: [system:nodes]\n"


ENFORCED = POLICY_HEAD.replace("eu-west-1}", "eu-west-1, mode: enforce}")
RULES = """
- {name: all, roles: ["/**"], clusters: [prod, test], allow: [view, "edit@*"]}
"""


@dataclass
class Rows:
    """aws-auth of one cluster; ``broken`` is raised by every read."""

    text: str | None = NODE_ROW
    version: int = 1
    reads: int = 0
    writes: int = 0
    broken: RegistrarError | None = None

    def read(self) -> AwsAuth:
        """The body with its version."""
        self.reads += 1
        if self.broken is not None:
            raise self.broken
        return AwsAuth(str(self.version), read_map_roles(self.text, PREFIX), len(self.text or ""))

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """A write under the version that was read."""
        if current.resource_version != str(self.version):
            raise WriteConflict("409")
        self.writes += 1
        self.text, self.version = write_map_roles(current.map_roles, rows, PREFIX), self.version + 1


@dataclass
class Bindings:
    """The bindings of one cluster, by group."""

    there: set[str] = field(default_factory=set)

    def read(self, groups: Iterable[str]) -> RbacView:
        """Which of them are there."""
        right, absent = (BindingState.RIGHT, ("u", "1")), (BindingState.ABSENT, None)
        return RbacView({group: right if group in self.there else absent for group in groups})

    def make(self, binding: Binding, view: RbacView) -> None:  # noqa: ARG002 - the signature is that of Bindings
        """Create one."""
        self.there.add(binding.group)

    def drop(self, binding: Binding, view: RbacView) -> None:  # noqa: ARG002 - the signature is that of Bindings
        """Delete one."""
        self.there.discard(binding.group)


@dataclass
class Iam:
    """An IAM that knows these roles; ``fails`` names what reading a role raises."""

    roles: dict[PrincipalRef, Role] = field(default_factory=dict)
    fails: dict[PrincipalRef, RegistrarError] = field(default_factory=dict)

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """The role as it is now."""
        if ref in self.fails:
            raise self.fails[ref]
        return self.roles.get(ref, Gone(ref))


@dataclass
class World:
    """Everything that a registrar reads and writes."""

    policy: Policy
    rows: dict[str, Rows] = field(default_factory=dict)
    bindings: dict[str, Bindings] = field(default_factory=dict)
    iam: Iam = field(default_factory=Iam)

    def open(self, cluster: Cluster) -> ClusterAccess:
        """Reach a cluster."""
        rows = self.rows.setdefault(cluster.tag, Rows())
        return ClusterAccess(cluster, rows, self.bindings.setdefault(cluster.tag, Bindings()))

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
