"""Small values that the tests of adoption speak about: RBAC of a cluster, and what stands by hand in it."""

from __future__ import annotations

from registrar.adoption.model import Standing
from registrar.adoption.rbac import PolicyRule, Rbac, SeenBinding
from registrar.grants import Grant
from tests.unit.samples import ACCOUNT

READS = PolicyRule(("get", "list"), ("",), ("pods", "pods/log"))
WRITES = PolicyRule(("create",), ("",), ("pods",))


def cluster_of(*bindings: SeenBinding) -> Rbac:
    """A cluster with some ClusterRoles, a Role in ``payments``, and these bindings."""
    cluster_roles = {"view": (READS,), "edit": (READS, WRITES), "system:monitoring": (READS,)}
    return Rbac(cluster_roles, {("payments", "own"): (READS,)}, bindings)


def to(role: str, *groups: str, ns: str | None = None, own: bool = False, user: str | None = None) -> SeenBinding:
    """A binding of groups, or of a user."""
    users = frozenset({user} if user else ())
    return SeenBinding(f"{role}-binding", ns, role, own, frozenset(groups), users)


def row(*groups: str, name: str = "alice", username: str = "dev:{{SessionName}}", arn: str | None = None) -> Standing:
    """A row by hand."""
    return Standing(arn if arn is not None else f"arn:aws:iam::{ACCOUNT}:role/{name}", False, username, groups)


def entry(*groups: str, policies: tuple[Grant, ...] = (), kind: str = "STANDARD") -> Standing:
    """An access entry by hand."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/alice"
    return Standing(arn, True, "dev:{{SessionName}}", groups, policies, kind=kind)
