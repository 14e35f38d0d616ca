"""read → desired → plan → apply, for the principals that are in question: those of some events, or all of an account.

    rows.read()          aws-auth with its version, first: the version guards everything that comes after it
    question.ask()       the truth, from IAM
    desired()            what the tags ask for and the policy allows            pure
    bindings.read()      what stands behind those groups
    make_plan()          what to change                                         pure
    confirm              (sweep) read everybody who would lose something once more
    brake                (sweep) may so much be removed?                        pure
    apply                make bindings → write rows under the version → drop bindings
    confirm              read every principal whose row was changed once more, and the bindings of what it was given

On a conflict, or if IAM says something else by then, all of it begins again. Reading IAM before the sink would let a
slow run undo a newer revocation without any conflict. Without the last step a run that was held between its reads and
its write could undo a newer one that found nothing to write and so left no new version behind.
(docs/decisions/002-order-of-reads.md)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from registrar.apply import Applied, apply
from registrar.brakes import plan_hash
from registrar.errors import RegistrarError, TooLarge, WriteConflict, united
from registrar.held import Held
from registrar.limits import reserve_for, share_of_time
from registrar.model import Gone, Outside, PrincipalRef, Role, Row
from registrar.plan import Change, Plan
from registrar.policy import Cluster, Policy
from registrar.question import Answer, Question
from registrar.reading import Read, Reads
from registrar.result import ClusterResult
from registrar.sinks.place import Reading
from registrar.situation import ClusterAccess, Opener, Situation, look
from registrar.turns import in_turn

MOST_TRIES = 12


@dataclass(frozen=True)
class Runtime:
    """What a run needs of the world beside its stores: the time (UTC), and a pause before try ``n``."""

    now: Callable[[], datetime]
    pause: Callable[[int], None]


def reconcile(
    question: Question, policy: Policy, clusters: Sequence[Cluster], open_cluster: Opener, runtime: Runtime
) -> tuple[ClusterResult, ...]:
    """Bring the principals in question to what IAM and the policy say, in each of the clusters that they concern.

    Never raises a ``RegistrarError``: one failing cluster or principal stops no other. Each cluster costs one read of
    aws-auth and at most one write, however many principals there are.

    No cluster takes the time of another. For events they have equal shares; in a sweep, where one may hold thousands of
    entries, each may use all but a reserve for what comes after it, and which one is first differs from run to run. The
    results are in the order of the clusters all the same.
    """
    concerned = [cluster for cluster in clusters if question.concerns(cluster)]
    turns = in_turn(concerned, runtime.now()) if question.whole else concerned
    reads_of_iam = int(question.whole)  # beside the clusters' shares: for events it is a small part of any
    reserve = reserve_for(2 * len(turns) + reads_of_iam) if question.whole else None
    runs: list[_Run | ClusterResult] = []
    for number, cluster in enumerate(turns):
        with share_of_time(2 * len(turns) + reads_of_iam - number, reserve=reserve):
            runs.append(_begin(question, policy, cluster, open_cluster, runtime))
    begun = [run.access.cluster for run in runs if isinstance(run, _Run)]
    if not begun:
        return _in_order([run for run in runs if isinstance(run, ClusterResult)], concerned)
    with share_of_time(len(runs) + 1, reserve=reserve) if question.whole else nullcontext():
        answer = question.ask(begun, {}, runtime.now())
    results: list[ClusterResult] = []
    for number, run in enumerate(runs):
        with share_of_time(len(runs) - number, reserve=reserve):
            results.append(run if isinstance(run, ClusterResult) else run.bring_about(answer))
    return _in_order(results, concerned)


def _in_order(results: Sequence[ClusterResult], clusters: Sequence[Cluster]) -> tuple[ClusterResult, ...]:
    by_tag = {result.cluster.tag: result for result in results}
    return tuple(by_tag[cluster.tag] for cluster in clusters)


def _begin(
    question: Question, policy: Policy, cluster: Cluster, open_cluster: Opener, runtime: Runtime
) -> _Run | ClusterResult:
    """Open a cluster and read its aws-auth; a cluster that cannot be read fails for all its principals."""
    try:
        access = open_cluster(cluster)
        return _Run(question, policy, access, access.rows.read(whole=question.whole), runtime)
    except RegistrarError as error:
        return ClusterResult(cluster, failure=error, whole=question.whole)


@dataclass(frozen=True)
class _Done:
    """What the tries of one run have written so far: a later try has a plan of its own, but undoes no log line."""

    changes: tuple[Change, ...] = ()
    written: bool = False

    def and_also(self, result: ClusterResult) -> _Done:
        changes = result.plan.changes if result.plan and result.written else ()
        return _Done((*self.changes, *changes), self.written or result.written)

    def told_in(self, result: ClusterResult) -> ClusterResult:
        if not self.written or result.plan is None:
            return result
        return replace(result, plan=replace(result.plan, changes=self.changes), written=True)


@dataclass(frozen=True)
class _Run:
    """One cluster's part of a reconciliation, whose aws-auth has been read and whose principals have not."""

    question: Question
    policy: Policy
    access: ClusterAccess
    current: Reading
    runtime: Runtime

    def bring_about(self, answer: Answer) -> ClusterResult:
        """Plan and apply until it stands unopposed, at most ``MOST_TRIES`` times."""
        cluster, current = self.access.cluster, self.current
        result, done, reads = ClusterResult(cluster, whole=self.question.whole), _Done(), dict[PrincipalRef, Read]()
        for number in range(1, MOST_TRIES + 1):
            try:
                if number > 1:
                    current = self.access.rows.read(whole=self.question.whole)  # before IAM
                    answer = self.question.ask([cluster], reads, self.runtime.now())
                reads = dict(answer.reads(cluster, current.held))
                result = self._attempt(current, answer, reads, number)
                done = done.and_also(result)
                # Of single access entries: the last try settles everybody else.
                conflicts = any(isinstance(error, WriteConflict) for error in result.errors.values())
                if (not conflicts or number == MOST_TRIES) and self._confirmed(result, reads):
                    return done.told_in(result)
                if conflicts:
                    self.runtime.pause(number)
            except WriteConflict:
                self.runtime.pause(number)
            except RegistrarError as error:
                return done.told_in(replace(self._failed(result, reads, error), tries=number))
        unsettled = WriteConflict(
            f"cluster {cluster.tag}: aws-auth or IAM changed under each of {MOST_TRIES} tries; the roles "
            f"{', '.join(map(str, reads))} are not settled, the record returns to the queue"
        )
        return done.told_in(replace(self._failed(result, reads, unsettled), tries=MOST_TRIES))

    def _attempt(self, current: Reading, answer: Answer, reads: dict[PrincipalRef, Read], number: int) -> ClusterResult:
        cluster = self.access.cluster
        situation = self._situation(current, reads)
        plan = situation.plan()
        if self.question.whole and self._read_losers_again(plan, reads):
            situation = self._situation(current, reads)
            plan = situation.plan()

        current = situation.current

        def brake(some: Plan) -> str | None:
            return self.question.brake(some, current.held, answer, plan_hash(cluster.tag, some))

        applied = Applied(plan, {}, brake(plan))
        written = cluster.enforced and not plan.empty and applied.braked is None
        if written:
            applied = apply(situation, plan, self.access.rows, self.access.bindings, brake)
        elif self._found_right(situation, plan) and self.access.remember:
            self.access.remember(current, "nothing: a sweep found it right")
        no_room = {ref: self._no_room(ref, current) for ref in plan.too_large if cluster.enforced}
        # Of everybody, who may be in question by what cannot be read: of the cluster. Else of those who were asked for.
        failure = (situation.trouble or applied.failure) if self.question.whole else None
        trouble = dict.fromkeys(reads, situation.trouble) if situation.trouble is not None and failure is None else {}
        doubts = self.question.doubts(reads, self.runtime.now())
        rows = current.held.ours if applied.plan.rows is None or not written else applied.plan.rows
        return ClusterResult(
            cluster,
            situation.wanted,
            applied.plan,
            united(doubts, applied.failed, no_room, trouble),
            failure,
            written=written and applied.braked is None,
            tries=number,
            aws_auth_bytes=current.data_bytes,
            rows=len(rows),
            left=sum(row.entry != current.held.entries for row in rows),
            entries=_count(current.held, rows) if self.question.whole else None,
            dead=current.dead(answer.known()) if self.question.whole else (),
            hidden=current.hidden(self.policy.marks) if self.question.whole else (),
            braked=applied.braked,
            hashed=plan_hash(cluster.tag, applied.plan),
            whole=self.question.whole,
            kept=applied.kept,
        )

    def _found_right(self, situation: Situation, plan: Plan) -> bool:
        whole = self.question.whole and self.access.cluster.enforced
        return whole and plan.empty and situation.trouble is None

    def _situation(self, current: Reading, reads: Reads) -> Situation:
        readable = [read for read in reads.values() if isinstance(read, Role | Gone | Outside)]
        return look(readable, self.policy, self.access, current, whole=self.question.whole)

    def _read_losers_again(self, plan: Plan, reads: dict[PrincipalRef, Read]) -> bool:
        """Read everybody who would lose a group once more; returns whether IAM says something else by now."""
        losers = [change.ref for change in plan.changes if change.takes_away]
        fresh = self.question.ask_again(losers, reads, self.runtime.now()) if losers else {}
        changed = any(fresh[ref] != reads[ref] for ref in losers)
        reads |= fresh
        return changed

    def _confirmed(self, result: ClusterResult, reads: Reads) -> bool:
        """Whether IAM still says what the change was made by, and every group that was given has its binding.

        Another run may have dropped one as unused between our look at it and our write; it looks at the rows once more
        after that, we at the bindings after this, so one of the two sees the other.
        """
        if not result.written or result.plan is None:
            return True
        changed = [change.ref for change in result.plan.changes]
        fresh = self.question.ask_again(changed, reads, self.runtime.now())
        given = {group for change in result.plan.changes for group in change.gives}
        return all(fresh[ref] == reads[ref] for ref in changed) and self.access.bindings.stand(given)

    def _failed(self, result: ClusterResult, reads: Reads, error: RegistrarError) -> ClusterResult:
        """The error told of every principal that has none of its own; of a cluster where none is known, of that."""
        if self.question.whole or not reads:
            return replace(result, failure=error)
        own = {ref: read for ref, read in reads.items() if isinstance(read, RegistrarError)}
        return replace(result, errors={ref: own.get(ref, error) for ref in reads})

    def _no_room(self, ref: PrincipalRef, current: Reading) -> TooLarge:
        return TooLarge(
            f"cluster {self.access.cluster.tag}: {ref} not granted more: aws-auth has {current.data_bytes} bytes and "
            f"{current.held.rows} rows of ours, no room is left; move it to access entries (eks-registrar migrate)"
        )


def _count(held: Held, rows: Sequence[Row]) -> int | None:
    """All access entries of the cluster when ``rows`` are ours; ``None`` where access is not written as entries."""
    return held.others + sum(row.entry for row in rows) if held.entries else None
