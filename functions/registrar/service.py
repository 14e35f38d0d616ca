"""What the two ways in, the function and the command line, share: events and requests in, outcomes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from registrar.errors import NeverRetry, RegistrarError, Retry, decisive
from registrar.events import Ignored, read_event, touches
from registrar.model import Hint
from registrar.policy import Cluster, Policy
from registrar.purge import OfNobody
from registrar.question import OfEvents
from registrar.reconcile import Runtime, reconcile
from registrar.requests import SweepRequest, is_request, read_request
from registrar.result import ClusterResult
from registrar.situation import ClusterAccess, Opener
from registrar.sources.iam import Principals
from registrar.sweep import OfAccount


@dataclass(frozen=True)
class Outcome:
    """What became of one event or request: ``error`` is ``None`` where it is done, and ``word`` says how.

    ``complete`` says of a sweep that everything is as it should be in every cluster.
    """

    word: str
    hint: Hint | None = None
    request: SweepRequest | None = None
    error: RegistrarError | None = None
    complete: bool = False

    @property
    def retry(self) -> bool:
        """Whether the record should return to the queue."""
        return isinstance(self.error, Retry)


@dataclass(frozen=True)
class Settled:
    """The outcomes of some events and requests, in their order, and what was done in each cluster."""

    outcomes: tuple[Outcome, ...]
    results: tuple[ClusterResult, ...]


@dataclass(frozen=True)
class Registrar:
    """The registrar with everything that it reads from and writes to."""

    policy: Policy
    clusters: tuple[Cluster, ...]
    open_cluster: Opener
    principals: Principals
    runtime: Runtime

    def settle(self, events: Sequence[object]) -> Settled:
        """Settle some events in one go: every cluster is read once and written at most once. Then the sweeps.

        Never raises a ``RegistrarError``: what went wrong stands in the outcome of each event that it concerns.
        """
        first = [self._look_at(event) for event in events]
        hints = tuple(outcome.hint for outcome in first if outcome.hint is not None)
        results = self._reconcile(OfEvents(hints, self.principals, self.policy)) if hints else ()
        requests = dict.fromkeys(outcome.request for outcome in first if outcome.request is not None)
        swept = {request: self.sweep(request.account, request.plan_hash) for request in requests}
        outcomes = (
            _swept(one, swept[one.request]) if one.request is not None else self._outcome(one, results) for one in first
        )
        return Settled(tuple(outcomes), (*results, *(result for each in swept.values() for result in each)))

    def sweep(self, account: str, plan_hash: str | None = None) -> tuple[ClusterResult, ...]:
        """Settle every principal of an account in every cluster that it concerns.

        ``plan_hash`` lets a plan pass that a brake would stop, if it is the plan of that hash. Never raises a
        ``RegistrarError``.
        """
        return self._reconcile(OfAccount(account, self.principals, self.policy, plan_hash))

    def purge(self, cluster: Cluster, plan_hash: str | None = None) -> ClusterResult:
        """Remove all of ours from a cluster, whatever its mode, if the plan has that hash; else only plan it."""
        leaving = replace(self, clusters=(replace(cluster, mode="enforce"),))
        leaving = replace(leaving, open_cluster=_as_given(self.open_cluster))
        return leaving._reconcile(OfNobody(self.policy, plan_hash))[0]

    def observing(self) -> Registrar:
        """The same registrar with every cluster in mode observe: it plans and reports, and writes nothing."""
        clusters = tuple(replace(cluster, mode="observe") for cluster in self.clusters)
        return replace(self, clusters=clusters, open_cluster=_as_given(self.open_cluster))

    def only(self, tags: Sequence[str]) -> Registrar:
        """The same registrar for some of its clusters."""
        return replace(self, clusters=tuple(cluster for cluster in self.clusters if cluster.tag in tags))

    def _reconcile(self, question: OfEvents | OfAccount | OfNobody) -> tuple[ClusterResult, ...]:
        return reconcile(question, self.policy, self.clusters, self.open_cluster, self.runtime)

    def _look_at(self, event: object) -> Outcome:
        """The hint of an event, or why there is none: then the outcome is settled already."""
        try:
            if is_request(event):
                return Outcome("sweep", request=read_request(event, self.policy))
            hint = read_event(event)
        except NeverRetry as error:
            return Outcome("not an event that can be worked on", error=error)
        if isinstance(hint, Ignored):
            return Outcome(f"ignored: {hint.reason}")
        if not touches(hint, self.policy.tag_prefix):
            return Outcome(f"ignored: {hint.event_name} of {hint.principal} touches no tag of ours")
        if not any(self.policy.concerns(hint.principal.account, cluster) for cluster in self.clusters):
            return Outcome(f"ignored: no rule speaks about account {hint.principal.account}")
        return Outcome("done", hint)

    def _outcome(self, first: Outcome, results: Sequence[ClusterResult]) -> Outcome:
        """A record fails if one cluster fails for its principal; *retry* outweighs *never retry*."""
        if first.hint is None:
            return first
        principal = first.hint.principal
        concerned = [result for result in results if self.policy.concerns(principal.account, result.cluster)]
        errors = [result.errors.get(principal) or result.failure for result in concerned]
        found = [error for error in errors if error is not None]
        return Outcome("failed", first.hint, error=decisive(found)) if found else first


def _swept(first: Outcome, results: Sequence[ClusterResult]) -> Outcome:
    """A sweep fails if a cluster of it fails, if a principal is to be tried again, or if somebody keeps what should go.

    What can never be given to single principals does not fail it each time anew: the gauges tell of it. Stopped by a
    brake it is done, and not complete.
    """
    account = first.request.account if first.request else ""
    errors = [error for result in results for error in result.left_open]
    if not results:
        return replace(first, word=f"sweep of account {account}: it concerns no cluster of this network")
    if errors:
        return replace(first, word=f"sweep of account {account} failed", error=decisive(errors))
    braked = [result.cluster.tag for result in results if result.braked is not None]
    if braked:
        return replace(first, word=f"sweep of account {account} stopped by a brake in {', '.join(braked)}")
    return replace(first, word=f"sweep of account {account} complete", complete=True)


def _as_given(open_cluster: Opener) -> Opener:
    """Clusters opened as they are, but in the mode that is asked for."""

    def opened(cluster: Cluster) -> ClusterAccess:
        access = open_cluster(cluster)
        return replace(access, cluster=replace(access.cluster, mode=cluster.mode))

    return opened
