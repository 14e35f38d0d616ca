"""Whose access a run settles: the principals that some events name, all of an account, or (to leave) nobody at all.

The three differ in what they read of IAM and in what they may remove; everything else is one code, ``reconcile``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registrar.errors import RegistrarError
from registrar.held import Held
from registrar.model import Gone, Hint, PrincipalRef, Role
from registrar.plan import Plan
from registrar.policy import Cluster, Policy
from registrar.reading import Reads, doubt, hints_of, read_all
from registrar.sources.iam import Principals
from registrar.tags import keys_for


class Answer(Protocol):
    """What IAM said to a question, once for all clusters."""

    def reads(self, cluster: Cluster, held: Held) -> Reads:
        """Every principal in question in one cluster. Raises a ``Retry`` error where that is not known."""

    def known(self) -> Sequence[Role]:
        """All roles that IAM named, in question or not."""


class Question(Protocol):
    """Whose access is to be settled."""

    @property
    def whole(self) -> bool:
        """Whether everybody is in question: then what is left over of anybody is looked for, too."""

    def concerns(self, cluster: Cluster) -> bool:
        """Whether there is anything to ask for this cluster."""

    def ask(self, clusters: Sequence[Cluster], before: Reads, now: datetime) -> Answer:
        """Ask IAM now. ``before`` is what this run has read already."""

    def ask_again(self, refs: Sequence[PrincipalRef], before: Reads, now: datetime) -> Reads:
        """Ask once more about some principals."""

    def doubts(self, reads: Reads, now: datetime) -> Mapping[PrincipalRef, RegistrarError]:
        """The principals for which the record must return, whatever was done."""

    def brake(self, plan: Plan, held: Held, answer: Answer, hashed: str) -> str | None:
        """Why the plan of that hash is not carried out; ``None`` if it may be."""


@dataclass(frozen=True)
class OfEvents:
    """The principals that some events name. An event can remove nobody else, so no brake is needed."""

    hints: tuple[Hint, ...]
    principals: Principals
    policy: Policy
    whole: bool = False

    def concerns(self, cluster: Cluster) -> bool:
        """Whether an event names a principal that can have anything here."""
        return bool(self._refs([cluster]))

    def ask(self, clusters: Sequence[Cluster], before: Reads, now: datetime) -> Answer:
        """Read each of the named principals; in one cluster those that it concerns are looked at."""
        return _OfEachCluster(self._read(self._refs(clusters), before, now), self)

    def ask_again(self, refs: Sequence[PrincipalRef], before: Reads, now: datetime) -> Reads:
        """Read some of them once more."""
        return self._read(refs, before, now)

    def doubts(self, reads: Reads, now: datetime) -> Mapping[PrincipalRef, RegistrarError]:
        """Those that could not be read, and those that were read but perhaps not as they are now."""
        keys = self._keys()
        found = {ref: doubt(read, hints_of(ref, self.hints), keys, now) for ref, read in reads.items()}
        return {ref: error for ref, error in found.items() if error is not None}

    def brake(self, plan: Plan, held: Held, answer: Answer, hashed: str) -> str | None:  # noqa: ARG002 - see Question
        """None: an event can remove only its own principals."""
        return None

    def _read(self, refs: Sequence[PrincipalRef], before: Reads, now: datetime) -> Reads:
        seen = {ref for ref in refs if isinstance(before.get(ref), Role | Gone)}
        return read_all(refs, self.hints, self.principals, self._keys(), now, seen)

    def _keys(self) -> frozenset[str]:
        """Every tag key that can grant anything, in lower case: what else begins like ours is nobody's business."""
        prefix, clusters = self.policy.tag_prefix, self.policy.clusters
        return frozenset(key.lower() for cluster in clusters for key in keys_for(prefix, cluster.tag))

    def _refs(self, clusters: Iterable[Cluster]) -> tuple[PrincipalRef, ...]:
        near = list(clusters)
        refs = (hint.principal for hint in self.hints)
        return tuple(dict.fromkeys(r for r in refs if any(self.policy.concerns(r.account, c) for c in near)))


@dataclass(frozen=True)
class _OfEachCluster:
    by_ref: Reads
    question: OfEvents

    def reads(self, cluster: Cluster, held: Held) -> Reads:  # noqa: ARG002 - the signature is Answer's
        policy = self.question.policy
        return {ref: read for ref, read in self.by_ref.items() if policy.concerns(ref.account, cluster)}

    def known(self) -> Sequence[Role]:
        return [read for read in self.by_ref.values() if isinstance(read, Role)]
