"""What stands by hand for a principal, what would take its place, and how the rights of the two compare. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registrar.eks_terms import STANDARD
from registrar.grants import Grant
from registrar.model import Binding, Role, Row


class Verdict(StrEnum):
    """How the rights after an adoption compare with those before it."""

    EQUAL = "equal"
    WIDER = "wider"
    NARROWER = "narrower"
    WIDER_AND_NARROWER = "wider and narrower"
    NOT_ADOPTABLE = "not adoptable"


@dataclass(frozen=True)
class Standing:
    """A foreign row of aws-auth (of several for the same role the one that counts), or a foreign access entry.

    ``arn`` is as it is written there. ``doubles`` counts the rows before it for the same role, which count for nothing.
    ``kind`` and ``created`` are of an entry, and so are ``policies``, united.
    """

    arn: str
    entry: bool
    username: str
    groups: tuple[str, ...]
    policies: tuple[Grant, ...] = ()
    doubles: int = 0
    kind: str = STANDARD
    created: datetime | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return "access entry" if self.entry else "row of aws-auth"


@dataclass(frozen=True)
class Proposal:
    """What says the same by tags.

    ``tags`` are to be set on the role, ``stale`` its tags of ours to be taken away (both in the order in which they are
    read). ``rule`` is a line for ``rules`` of registrar.yaml, empty where its rules allow all of it.
    """

    grants: tuple[Grant, ...]
    tags: tuple[tuple[str, str], ...]
    stale: tuple[str, ...]
    rule: str

    def tag_lines(self, role_name: str) -> tuple[str, ...]:
        """The commands for a POSIX shell that set them."""
        return tuple(_commands(self, role_name))

    def terraform(self) -> str:
        """The argument of an ``aws_iam_role``."""
        if not self.tags:
            return ""
        lines = "".join(f'  "{key}" = "{value}"\n' for key, value in self.tags)
        return f"tags = {{\n{lines}}}"


def _commands(proposal: Proposal, role_name: str) -> list[str]:
    lines = []
    if proposal.tags:
        words = " ".join(f"'Key={key},Value={value}'" for key, value in proposal.tags)
        lines.append(f"aws iam tag-role --role-name {role_name} --tags {words}")
    if proposal.stale:
        keys = " ".join(f"'{key}'" for key in proposal.stale)
        lines.append(f"aws iam untag-role --role-name {role_name} --tag-keys {keys}")
    return lines


@dataclass(frozen=True)
class Comparison:
    """The rights before and after, in words: what the principal would gain and lose.

    ``asked`` counts the questions that were put for each side. A ``forecast`` has answers of ours in it, for bindings
    that are not there yet.
    """

    gains: tuple[str, ...]
    losses: tuple[str, ...]
    asked: int
    forecast: bool

    @property
    def verdict(self) -> Verdict:
        """In one word."""
        if self.gains and self.losses:
            return Verdict.WIDER_AND_NARROWER
        return Verdict.WIDER if self.gains else Verdict.NARROWER if self.losses else Verdict.EQUAL


@dataclass(frozen=True)
class Candidate:
    """What was found out about one foreign row or entry.

    Where ``obstacles`` says why it cannot be adopted, nothing behind it is of any use. ``ready``: the role's tags, or a
    rule, ask for something already; then ``after`` is what the registrar would write for it now, and ``refused`` what
    of it is not in effect. Else ``after`` is what the ``proposal`` comes to. ``coming`` are the bindings that it needs
    and that do not stand yet.
    """

    standing: Standing
    role: Role | None
    obstacles: tuple[str, ...] = ()
    proposal: Proposal | None = None
    ready: bool = False
    after: Row | None = None
    refused: tuple[str, ...] = ()
    coming: tuple[Binding, ...] = ()
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """In one word; ``None`` where the rights were not measured."""
        if self.obstacles:
            return Verdict.NOT_ADOPTABLE
        return self.comparison.verdict if self.comparison is not None else None
