"""The values that travel through the registrar: event → principals → desired → plan → apply.

All of them are frozen; none of them knows boto3 or kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registrar.grants import Grant, is_covered, united_policies

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
SERVICE_LINKED_PATH = "/aws-service-role/"


class PrincipalKind(StrEnum):
    """The kinds of IAM principal that can be registered."""

    ROLE = "role"


@dataclass(frozen=True, eq=False)
class PrincipalRef:
    """The name of a principal as an event or a row knows it: no path, no ARN.

    IAM names are unique in an account whatever their case, and an event spells them as the caller did, so two
    references are equal if their ``key`` is.
    """

    account: str
    kind: PrincipalKind
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two references the same principal."""
        return (self.account, self.kind.value, self.name.lower())

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, PrincipalRef) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return f"{self.account}:{self.kind.value}/{self.name}"


@dataclass(frozen=True)
class Hint:
    """What an event tells us: where to look again, never what to grant.

    ``time`` is the moment of the IAM call (UTC). ``tag_keys`` holds the keys that a TagRole or UntagRole event
    shows, ``None`` where the event shows none. ``tags`` are the tags that the call set, as far as the event shows them:
    only to know a reading of IAM that is older than the call.
    """

    principal: PrincipalRef
    event_name: str
    time: datetime
    event_id: str
    tag_keys: tuple[str, ...] | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Role:
    """An IAM role as IAM tells it now.

    ``arn`` has the path. ``trusted_services`` are the service principals that may assume it ("ec2.amazonaws.com").
    """

    ref: PrincipalRef
    arn: str
    role_id: str
    path: str
    created: datetime
    tags: tuple[tuple[str, str], ...] = ()
    trusted_services: frozenset[str] = frozenset()

    @property
    def arn_without_path(self) -> str:
        """The ARN that the authenticator makes of an assumed-role session (``pkg/arn/arn.go``, Canonicalize)."""
        return f"arn:{self.partition}:iam::{self.ref.account}:role/{self.ref.name}"

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn``, ``aws-us-gov``, …"""
        return self.arn.split(":", 2)[1]


@dataclass(frozen=True)
class Gone:
    """A principal of which IAM said NoSuchEntity: absent, which is not the same as not readable."""

    ref: PrincipalRef


@dataclass(frozen=True)
class Outside:
    """A principal that nothing is desired for, whatever IAM says, and why: its account has left the configuration."""

    ref: PrincipalRef
    why: str


Principal = Role | Gone | Outside


@dataclass(frozen=True)
class Asked:
    """One word of a tag (or of a rule's ``give``) before any rule has judged it.

    ``source`` is the tag's key, or ``rule NAME`` for what is given without a tag. Exactly one of ``grant`` and
    ``problem`` is set.
    """

    text: str
    source: str
    grant: Grant | None = None
    problem: str | None = None


class Verdict(StrEnum):
    """What became of a grant that was asked for."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    WAITING = "waiting"
    CONFLICT = "conflict"
    FAILED = "failed"


@dataclass(frozen=True)
class Decision:
    """The fate of one grant of one principal in one cluster, and the reason in words.

    ``rule`` names the rule that allowed it, where one did. ``group`` is the Kubernetes group that carries it.
    """

    asked: Asked
    verdict: Verdict
    reason: str
    rule: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Desired:
    """What one principal should have in one cluster, by IAM and the policy alone.

    ``role`` is ``None`` for a principal that is gone. ``notes`` are findings about the whole principal (tampering,
    node role) that no single grant carries.
    """

    ref: PrincipalRef
    role: Role | None
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The Kubernetes groups of the allowed grants, sorted, each once."""
        allowed = {d.group for d in self.decisions if d.verdict is Verdict.ALLOWED and d.group is not None}
        return tuple(sorted(allowed))

    @property
    def policies(self) -> tuple[Grant, ...]:
        """The EKS access policies of the allowed grants, united."""
        return allowed_policies(self.decisions)

    @property
    def role_arn(self) -> str | None:
        """The role's ARN without its path; ``None`` for a principal that is gone."""
        return self.role.arn_without_path if self.role else None


@dataclass(frozen=True, order=True)
class Row:
    """One row of ours in aws-auth, or one access entry of ours.

    ``groups`` are sorted, each once. A row of aws-auth has an ``arn`` without the path, groups, and nothing else. An
    ``entry`` has the whole ARN, the ``role_id`` that it is bound to (empty: EKS does not honour it any more, the role
    was made again), and may have ``policies``: EKS access policies, united (see ``united_policies``).
    """

    arn: str
    username: str
    groups: tuple[str, ...]
    entry: bool = False
    role_id: str = ""
    policies: tuple[Grant, ...] = ()

    @property
    def rights(self) -> tuple[str, ...]:
        """Everything that it gives: its groups, and its access policies as a tag spells them."""
        return (*self.groups, *(grant.text for grant in self.policies))

    def covers(self, other: Row) -> bool:
        """Whether it gives all that ``other`` gives: a policy for the whole cluster has every namespace in it."""
        return set(other.groups) <= set(self.groups) and all(is_covered(one, self.policies) for one in other.policies)


def takes_away(before: Row | None, after: Row | None) -> bool:
    """Whether something that ``before`` gives is gone when ``after`` stands in its place."""
    return before is not None and (after is None or not after.covers(before))


def allowed_policies(decisions: Iterable[Decision]) -> tuple[Grant, ...]:
    """The EKS access policies of the allowed grants, united."""
    allowed = (decision.asked.grant for decision in decisions if decision.verdict is Verdict.ALLOWED)
    return united_policies(grant for grant in allowed if grant is not None)


@dataclass(frozen=True, order=True)
class Binding:
    """One RBAC binding of ours: a ClusterRoleBinding where ``namespace`` is ``None``, else a RoleBinding there.

    ``group`` is its one subject, ``role`` the ClusterRole that it refers to, ``mark`` the installation that its label
    names.
    """

    group: str
    role: str
    namespace: str | None
    name: str
    mark: str


class BindingState(StrEnum):
    """How a binding of ours was found."""

    RIGHT = "right"
    WRONG = "wrong"
    ABSENT = "absent"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class RbacView:
    """What the cluster's RBAC says about the bindings that a plan may need, read in one go.

    ``found`` has the state and, for ours, the (uid, resourceVersion) of each binding by its group. ``missing`` says
    by group what does not exist yet ("namespace payments"), ``failed`` by group why a binding could not be made.
    ``whole`` says that every binding of ours in the cluster is in ``found``: only then is an orphan known as one.
    """

    found: Mapping[str, tuple[BindingState, tuple[str, str] | None]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
