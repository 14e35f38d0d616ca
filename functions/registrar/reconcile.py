"""read → desired → plan → apply, for the principals that some hints name.

    rows.read()          aws-auth with its version, first: the version guards everything that comes after it
    principals.read()    the truth, from IAM
    desired()            what the tags ask for and the policy allows            pure
    bindings.read()      what stands behind those groups
    make_plan()          what to change                                         pure
    apply                make bindings → write rows under the version → drop bindings
    confirm              read every principal whose row was changed once more

On a conflict, or if IAM says something else by then, all of it begins again. Reading IAM before the sink would let a
slow run undo a newer revocation without any conflict. Without the last step a run that was held between its reads and
its write could undo a newer one that found nothing to write and so left no new version behind.
(docs/decisions/002-order-of-reads.md)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from registrar.apply import Situation, apply
from registrar.desired import desired
from registrar.errors import RegistrarError, TooLarge, WriteConflict, united
from registrar.model import Desired, Gone, Hint, PrincipalRef, Role
from registrar.plan import Change, Plan, groups_of_interest
from registrar.policy import Cluster, Policy
from registrar.reading import Reads, doubt, hints_of, read_all
from registrar.sinks.aws_auth import AwsAuth, MapsRoles
from registrar.sinks.rbac import Bindings
from registrar.sources.iam import Principals

MOST_TRIES = 12


@dataclass(frozen=True)
class ClusterAccess:
    """A cluster and the two places in it where access is written."""

    cluster: Cluster
    rows: MapsRoles
    bindings: Bindings


@dataclass(frozen=True)
class ClusterResult:
    """What was done in one cluster. ``plan`` is ``None`` where it could not even be read.

    ``errors`` are by principal; ``written`` says whether anything was sent; ``tries`` counts the rounds.
    """

    cluster: Cluster
    wanted: tuple[Desired, ...] = ()
    plan: Plan | None = None
    errors: Mapping[PrincipalRef, RegistrarError] = field(default_factory=dict)
    written: bool = False
    tries: int = 0
    aws_auth_bytes: int = 0


@dataclass(frozen=True)
class Runtime:
    """What a run needs of the world beside its stores: the time (UTC), and a pause before try ``n``."""

    now: Callable[[], datetime]
    pause: Callable[[int], None]


Opener = Callable[[Cluster], ClusterAccess]


def reconcile(
    hints: Sequence[Hint], policy: Policy, clusters: Sequence[Cluster], open_cluster: Opener,
    principals: Principals, runtime: Runtime,
) -> tuple[ClusterResult, ...]:  # fmt: skip
    """Bring the principals that the hints name to what IAM and the policy say, in each of the clusters.

    Never raises a ``RegistrarError``: one failing cluster or principal stops no other. Each cluster costs one read of
    aws-auth and at most one write, however many hints there are.
    """
    runs: list[_Run | ClusterResult] = []
    for cluster in clusters:
        concerned = [hint for hint in hints if policy.concerns(hint.principal.account, cluster)]
        refs = tuple(dict.fromkeys(hint.principal for hint in concerned))
        if refs:
            runs.append(_begin(refs, concerned, policy, cluster, open_cluster, principals, runtime))
    everyone = tuple(dict.fromkeys(ref for run in runs if isinstance(run, _Run) for ref in run.refs))
    reads = read_all(everyone, hints, principals, runtime.now())
    return tuple(run.bring_about(reads) if isinstance(run, _Run) else run for run in runs)


def _begin(
    refs: tuple[PrincipalRef, ...], hints: Sequence[Hint], policy: Policy, cluster: Cluster,
    open_cluster: Opener, principals: Principals, runtime: Runtime,
) -> _Run | ClusterResult:  # fmt: skip
    """Open a cluster and read its aws-auth; a cluster that cannot be read fails for all its principals."""
    try:
        access = open_cluster(cluster)
        return _Run(refs, tuple(hints), policy, access, access.rows.read(), principals, runtime)
    except RegistrarError as error:
        return ClusterResult(cluster, errors=dict.fromkeys(refs, error))


@dataclass(frozen=True)
class _Done:
    """What the tries of one run have written so far: a later try has a plan of its own, but undoes no log line."""

    changes: tuple[Change, ...] = ()
    written: bool = False

    def and_also(self, result: ClusterResult) -> _Done:
        changes = result.plan.changes if result.plan else ()
        return _Done((*self.changes, *changes), self.written or result.written)

    def told_in(self, result: ClusterResult) -> ClusterResult:
        plan = replace(result.plan, changes=self.changes) if result.plan else None
        return replace(result, plan=plan, written=self.written)


@dataclass(frozen=True)
class _Run:
    """One cluster's part of a reconciliation, whose aws-auth has been read and whose principals have not."""

    refs: tuple[PrincipalRef, ...]
    hints: tuple[Hint, ...]
    policy: Policy
    access: ClusterAccess
    current: AwsAuth
    principals: Principals
    runtime: Runtime

    def bring_about(self, reads: Reads) -> ClusterResult:
        """Plan and apply until it stands unopposed, at most ``MOST_TRIES`` times."""
        result, done = ClusterResult(self.access.cluster), _Done()
        current = self.current
        for number in range(1, MOST_TRIES + 1):
            try:
                if number > 1:
                    current, reads = self.access.rows.read(), self._read_again(reads, self.refs)  # in this order
                result = self._attempt(current, reads, number)
                done = done.and_also(result)
                if self._confirmed(result, reads):
                    return done.told_in(result)
            except WriteConflict:
                self.runtime.pause(number)
            except RegistrarError as error:
                return done.told_in(replace(result, errors=self._blame(reads, error), tries=number))
        unsettled = WriteConflict(
            f"cluster {self.access.cluster.tag}: aws-auth or IAM changed under each of {MOST_TRIES} tries; the roles "
            f"{', '.join(map(str, self.refs))} are not settled, the record returns to the queue"
        )
        return done.told_in(replace(result, errors=self._blame(reads, unsettled), tries=MOST_TRIES))

    def _attempt(self, current: AwsAuth, reads: Reads, number: int) -> ClusterResult:
        cluster, installation = self.access.cluster, self.policy.installation
        wanted = desired(_readable(reads, self.refs), self.policy, cluster)
        view = self.access.bindings.read(groups_of_interest(wanted, current.held, installation))
        situation = Situation(wanted, current, _conflicts(wanted, current), view, installation)
        plan, failed = situation.plan(), dict[PrincipalRef, RegistrarError]()
        written = cluster.enforced and not plan.empty
        if written:
            applied = apply(situation, plan, self.access.rows, self.access.bindings)
            plan, failed = applied.plan, dict(applied.failed)
        no_room = {ref: self._no_room(ref, current) for ref in plan.too_large if cluster.enforced}
        errors = united(self._doubts(reads), failed, no_room)
        return ClusterResult(
            cluster, wanted, plan, errors, written=written, tries=number, aws_auth_bytes=current.data_bytes
        )

    def _confirmed(self, result: ClusterResult, reads: Reads) -> bool:
        """Whether IAM still says what the change was made by."""
        if not result.written or result.plan is None:
            return True
        changed = [change.ref for change in result.plan.changes]
        fresh = self._read_again(reads, changed)
        return all(fresh[ref] == reads[ref] for ref in changed)

    def _doubts(self, reads: Reads) -> dict[PrincipalRef, RegistrarError]:
        """The principals that could not be read, and those that were read but perhaps not as they are now."""
        now, prefix = self.runtime.now(), self.policy.tag_prefix
        doubts = {ref: doubt(reads[ref], hints_of(ref, self.hints), prefix, now) for ref in self.refs}
        return {ref: found for ref, found in doubts.items() if found is not None}

    def _read_again(self, reads: Reads, refs: Sequence[PrincipalRef]) -> Reads:
        seen = {ref for ref in refs if isinstance(reads[ref], Role | Gone)}
        return read_all(refs, self.hints, self.principals, self.runtime.now(), seen)

    def _blame(self, reads: Reads, error: RegistrarError) -> dict[PrincipalRef, RegistrarError]:
        own = {ref: read for ref, read in reads.items() if isinstance(read, RegistrarError)}
        return {ref: own.get(ref, error) for ref in self.refs}

    def _no_room(self, ref: PrincipalRef, current: AwsAuth) -> TooLarge:
        return TooLarge(
            f"cluster {self.access.cluster.tag}: {ref} not granted more: aws-auth has {current.data_bytes} bytes and "
            f"{len(current.held.ours)} rows of ours, no room is left; move it to access entries"
        )


def _readable(reads: Reads, refs: Sequence[PrincipalRef]) -> list[Role | Gone]:
    return [read for ref in refs if isinstance(read := reads[ref], Role | Gone)]


def _conflicts(wanted: Sequence[Desired], current: AwsAuth) -> dict[PrincipalRef, str]:
    claims = {one.ref: current.claimed_by(one.role) for one in wanted if one.role is not None}
    return {ref: claim for ref, claim in claims.items() if claim is not None}
