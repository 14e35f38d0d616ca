"""read → desired → plan → apply, for the principals that some hints name.

    rows.read()          aws-auth with its version, first: the version guards everything that comes after it
    principals.read()    the truth, from IAM
    desired()            what the tags ask for and the policy allows            pure
    bindings.read()      what stands behind those groups
    make_plan()          what to change                                         pure
    apply                make bindings → write rows under the version → drop bindings
    confirm              read every principal whose row was changed once more

On a conflict all of it begins again. Reading IAM before the sink would let a slow run undo a newer revocation without
any conflict. Without the last step a run that was held between its reads and its write could undo a newer one that
found nothing to write and so left no new version behind. (docs/decisions/002-order-of-reads.md)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from registrar.desired import desired
from registrar.errors import NeverRetry, NotYetVisible, RegistrarError, Retry, TooLarge, WriteConflict
from registrar.model import Desired, Gone, Hint, PrincipalRef, RbacView, Role
from registrar.plan import Plan, groups_of_interest, make_plan
from registrar.policy import Cluster, Policy
from registrar.sinks.aws_auth import AwsAuth, MapsRoles
from registrar.sinks.rbac import Bindings, is_missing_place
from registrar.sources.iam import Principals

MOST_TRIES = 12
# IAM is eventually consistent; for this long a missing role may only be not visible yet.
VISIBLE_AFTER = timedelta(minutes=2)

Read = Role | Gone | RegistrarError | None
Reads = Mapping[PrincipalRef, Read]


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
    reads = _read_all(everyone, hints, principals, runtime.now())
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
        result = ClusterResult(self.access.cluster)
        written = False
        for number in range(1, MOST_TRIES + 1):
            try:
                result = self._attempt(self.current if number == 1 else self.access.rows.read(), reads, number)
            except WriteConflict:
                self.runtime.pause(number)
                reads = self._read_again()
                continue
            except RegistrarError as error:
                return replace(result, errors=self._blame(reads, error), tries=number)
            written = written or result.written
            fresh = self._confirmed(result, reads)
            if fresh is None:
                return replace(result, written=written)
            reads = fresh
        unsettled = WriteConflict(
            f"cluster {self.access.cluster.tag}: aws-auth changed under each of {MOST_TRIES} tries; the roles "
            f"{', '.join(map(str, self.refs))} are not settled, the record returns to the queue"
        )
        return replace(result, errors=self._blame(reads, unsettled), tries=MOST_TRIES)

    def _attempt(self, current: AwsAuth, reads: Reads, number: int) -> ClusterResult:
        wanted = desired(_readable(reads, self.refs), self.policy, self.access.cluster)
        conflicts = _conflicts(wanted, current)
        installation = self.policy.installation
        view = self.access.bindings.read(groups_of_interest(wanted, current.held, installation))
        plan = make_plan(wanted, current.held, conflicts, view, installation)
        errors = {ref: read for ref, read in reads.items() if isinstance(read, RegistrarError) and ref in self.refs}
        written = False
        if self.access.cluster.enforced and not plan.empty:
            plan, failed = self._apply(plan, current, wanted, conflicts, view)
            errors |= failed
            written = True
        errors |= {ref: self._no_room(ref, current) for ref in plan.too_large}
        return ClusterResult(
            self.access.cluster, wanted, plan, errors, written=written, tries=number, aws_auth_bytes=current.data_bytes
        )

    def _apply(
        self, plan: Plan, current: AwsAuth, wanted: Sequence[Desired], conflicts: Mapping[PrincipalRef, str],
        view: RbacView,
    ) -> tuple[Plan, dict[PrincipalRef, RegistrarError]]:  # fmt: skip
        """Granting: bindings, then rows. Revoking: rows, then bindings. A crash in between heals with the next run."""
        failed: dict[str, RegistrarError] = {}
        after = self._make(plan, view, failed)
        if after != view:
            plan = make_plan(wanted, current.held, conflicts, after, self.policy.installation)
        if plan.rows is not None:
            self.access.rows.write(current, plan.rows)
        self._drop(plan, view)
        blamed = {one.ref: failed[group] for one in wanted for group in one.groups if group in failed}
        return plan, blamed

    def _make(self, plan: Plan, view: RbacView, failed: dict[str, RegistrarError]) -> RbacView:
        """Make the bindings; the view that comes back says which of them cannot be in effect."""
        missing, reasons = dict(view.missing), dict(view.failed)
        for binding in plan.make:
            try:
                self.access.bindings.make(binding, view)
            except NeverRetry as error:
                if is_missing_place(error):
                    missing[binding.group] = f"namespace {binding.namespace}"
                else:
                    failed[binding.group], reasons[binding.group] = error, str(error)
        return replace(view, missing=missing, failed=reasons)

    def _drop(self, plan: Plan, view: RbacView) -> None:
        """Drop unused bindings; then look again, since another run may have begun to use one meanwhile."""
        if not plan.drop:
            return
        for binding in plan.drop:
            try:
                self.access.bindings.drop(binding, view)
            except WriteConflict:
                continue  # somebody has just changed it: the sweep judges it anew
        used = {group for row in self.access.rows.read().held.ours for group in row.groups}
        again = [binding for binding in plan.drop if binding.group in used]
        if again:
            fresh = self.access.bindings.read([binding.group for binding in again])
            for binding in again:
                self.access.bindings.make(binding, fresh)

    def _confirmed(self, result: ClusterResult, reads: Reads) -> Reads | None:
        """``None`` if IAM still says what the change was made by; otherwise what it says now."""
        if not result.written or result.plan is None:
            return None
        changed = [change.ref for change in result.plan.changes]
        fresh = _read_all(changed, self.hints, self.principals, self.runtime.now())
        return {**reads, **fresh} if any(fresh[ref] != reads[ref] for ref in changed) else None

    def _read_again(self) -> Reads:
        return _read_all(self.refs, self.hints, self.principals, self.runtime.now())

    def _blame(self, reads: Reads, error: RegistrarError) -> dict[PrincipalRef, RegistrarError]:
        own = {ref: read for ref, read in reads.items() if isinstance(read, RegistrarError)}
        return {ref: own.get(ref, error) for ref in self.refs}

    def _no_room(self, ref: PrincipalRef, current: AwsAuth) -> TooLarge:
        return TooLarge(
            f"cluster {self.access.cluster.tag}: {ref} not granted more: aws-auth has {current.data_bytes} bytes and "
            f"{len(current.held.ours)} rows of ours, no room is left; move it to access entries"
        )


def _read_all(refs: Sequence[PrincipalRef], hints: Sequence[Hint], principals: Principals, now: datetime) -> Reads:
    return {ref: _read(ref, [h for h in hints if h.principal == ref], principals, now) for ref in refs}


def _read(ref: PrincipalRef, hints: Sequence[Hint], principals: Principals, now: datetime) -> Read:
    try:
        return believed(principals.read(ref), hints, now)
    except Retry as error:
        return error


def believed(found: Role | Gone, hints: Sequence[Hint], now: datetime) -> Role | Gone | None:
    """What IAM said, held against the events that made us look; ``None`` leaves the principal to the sweep.

    Raises ``NotYetVisible`` while IAM may simply not show the change yet.
    """
    # CloudTrail's times are whole seconds: of two events at once a deletion is the later, in whatever order they came.
    latest = max(hints, key=lambda hint: (hint.time, hint.event_name == "DeleteRole"))
    young = now - latest.time < VISIBLE_AFTER
    deleted = latest.event_name == "DeleteRole"
    if isinstance(found, Role):
        if deleted and young and found.created <= latest.time:
            raise NotYetVisible(f"{found.ref}: deleted at {latest.time:%H:%M:%S}, IAM still shows it")
        return found
    if deleted:
        return found
    if young:
        raise NotYetVisible(
            f"{found.ref}: {latest.event_name} at {latest.time:%H:%M:%S}, and IAM knows no such role yet"
        )
    return found if any(hint.event_name == "DeleteRole" for hint in hints) else None


def _readable(reads: Reads, refs: Sequence[PrincipalRef]) -> list[Role | Gone]:
    return [read for ref in refs if isinstance(read := reads[ref], Role | Gone)]


def _conflicts(wanted: Sequence[Desired], current: AwsAuth) -> dict[PrincipalRef, str]:
    claims = {one.ref: current.claimed_by(one.role) for one in wanted if one.role is not None}
    return {ref: claim for ref, claim in claims.items() if claim is not None}
