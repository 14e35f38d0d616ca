"""The sweep: the same reconciliation over every principal of an account.

It heals what events left: lost ones, drift of every kind, orphaned bindings. All roles are read in pages, once for all
clusters; a reading that broke off is an error and says nothing about any role. Whoever would lose a group is read once
more before that, and a brake stops a plan that removes much at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from registrar.brakes import brake
from registrar.desired import has_a_say
from registrar.errors import RegistrarError
from registrar.held import Held
from registrar.model import Outside, PrincipalRef, Role
from registrar.plan import Plan
from registrar.policy import Cluster, Policy
from registrar.question import Answer
from registrar.reading import Read, Reads
from registrar.sources.iam import PartOfAccount, Principals, WholeAccount

# Up to here principals are read once more one by one, above all of the account are: that is fewer requests.
SINGLY = 25


@dataclass(frozen=True)
class OfAccount:
    """All principals of an account, and those whose rows stand although their account has left the configuration."""

    account: str
    principals: Principals
    policy: Policy
    plan_hash: str | None = None
    whole: bool = True

    def concerns(self, cluster: Cluster) -> bool:
        """Whether principals of the account can have anything here."""
        return self.policy.concerns(self.account, cluster)

    def ask(self, clusters: Sequence[Cluster], before: Reads, now: datetime) -> Answer:  # noqa: ARG002 - see Question
        """Read the whole account, once for all clusters."""
        found = self.principals.read_account(self.account)
        return _NotWhole(found) if isinstance(found, PartOfAccount) else _OfAllRoles(found, self)

    def ask_again(self, refs: Sequence[PrincipalRef], before: Reads, now: datetime) -> Reads:  # noqa: ARG002 - see Question
        """Each principal once more by itself, or many of them by a second reading of the whole account."""
        ours = [ref for ref in refs if ref.account == self.account]
        others = {ref: before[ref] for ref in refs if ref.account != self.account}
        if len(ours) <= SINGLY:
            return others | {ref: self._single(ref) for ref in ours}
        found = self.principals.read_account(self.account)
        if isinstance(found, PartOfAccount):
            return others | dict.fromkeys(ours, found.error)
        return others | {ref: found.tell(ref) for ref in ours}

    def doubts(self, reads: Reads, now: datetime) -> Mapping[PrincipalRef, RegistrarError]:  # noqa: ARG002 - see Question
        """Those whose second reading failed."""
        return {ref: read for ref, read in reads.items() if isinstance(read, RegistrarError)}

    def brake(self, plan: Plan, held: Held, answer: Answer, hashed: str) -> str | None:
        """The brakes, unless a person has named the hash of this very plan."""
        roles_read = {self.account: len(answer.account.roles)} if isinstance(answer, _OfAllRoles) else {}
        found = brake(plan, held, self.policy.marks, roles_read)
        if found is None or self.plan_hash == hashed:
            return None
        other = f" (and plan {self.plan_hash}, which was asked for, is not this one)" if self.plan_hash else ""
        return f"{found}{other}"

    def _single(self, ref: PrincipalRef) -> Read:
        try:
            return self.principals.read(ref)
        except RegistrarError as error:
            return error


@dataclass(frozen=True)
class _NotWhole:
    part: PartOfAccount

    def reads(self, cluster: Cluster, held: Held) -> Reads:  # noqa: ARG002 - the signature is Answer's
        raise self.part.error

    def known(self) -> Sequence[Role]:
        return ()


@dataclass(frozen=True)
class _OfAllRoles:
    account: WholeAccount
    question: OfAccount

    def known(self) -> Sequence[Role]:
        return tuple(self.account.roles.values())

    def reads(self, cluster: Cluster, held: Held) -> Reads:
        policy, account = self.question.policy, self.account
        reads: dict[PrincipalRef, Read] = {
            role.ref: role for role in account.roles.values() if has_a_say(role, policy, cluster)
        }
        for ref in held.owners(policy.marks):
            if ref.account == account.account:
                reads[ref] = account.tell(ref)
            elif account.account == cluster.account and not policy.concerns(ref.account, cluster):
                reads[ref] = Outside(ref, f"account {ref.account} has left the configuration of cluster {cluster.tag}")
        return reads
