"""The purge: leaving a cluster without a trace of our rows and bindings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from registrar.errors import RegistrarError
from registrar.held import Held
from registrar.marks import Marks
from registrar.model import Outside, PrincipalRef, Role
from registrar.plan import Plan
from registrar.policy import Cluster, Policy
from registrar.question import Answer
from registrar.reading import Reads


@dataclass(frozen=True)
class OfNobody:
    """To leave a cluster: nothing is desired for anybody. Only a plan whose hash a person names is carried out."""

    policy: Policy
    plan_hash: str | None = None
    whole: bool = True

    def concerns(self, cluster: Cluster) -> bool:  # noqa: ARG002 - see Question
        """Every cluster that is asked for."""
        return True

    def ask(self, clusters: Sequence[Cluster], before: Reads, now: datetime) -> Answer:  # noqa: ARG002 - see Question
        """Nothing needs to be asked: whatever IAM says, every row of ours goes."""
        return _Leaving(self.policy.marks)

    def ask_again(self, refs: Sequence[PrincipalRef], before: Reads, now: datetime) -> Reads:  # noqa: ARG002 - see Question
        """They are still to go."""
        return {ref: before[ref] for ref in refs}

    def doubts(self, reads: Reads, now: datetime) -> Mapping[PrincipalRef, RegistrarError]:  # noqa: ARG002 - see Question
        """None."""
        return {}

    def brake(self, plan: Plan, held: Held, answer: Answer, hashed: str) -> str | None:  # noqa: ARG002 - see Question
        """Always, unless a person has named the hash of this very plan."""
        if self.plan_hash == hashed:
            return None
        if self.plan_hash is None:
            return "everything of ours would be removed"
        return f"plan {self.plan_hash}, which was asked for, is not this one: look at it again"


@dataclass(frozen=True)
class _Leaving:
    marks: Marks

    def reads(self, cluster: Cluster, held: Held) -> Reads:
        why = f"eks-registrar leaves cluster {cluster.tag}"
        return {ref: Outside(ref, why) for ref in held.owners(self.marks)}

    def known(self) -> Sequence[Role]:
        return ()
