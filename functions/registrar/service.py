"""What the two ways in, the function and the command line, share: events in, outcomes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from registrar.errors import NeverRetry, NotYetSupported, PoisonRecord, RegistrarError, Retry, decisive
from registrar.events import Ignored, read_event, shown, touches
from registrar.model import Hint
from registrar.policy import Cluster, Policy
from registrar.reconcile import ClusterAccess, ClusterResult, Opener, Runtime, reconcile
from registrar.sources.iam import Principals

REQUESTS = frozenset({"sweep", "doctor", "purge", "plan"})
DOCTOR = "doctor"


@dataclass(frozen=True)
class Outcome:
    """What became of one event: ``error`` is ``None`` where it is done, and ``word`` says how."""

    word: str
    hint: Hint | None = None
    error: RegistrarError | None = None

    @property
    def retry(self) -> bool:
        """Whether the record should return to the queue."""
        return isinstance(self.error, Retry)


@dataclass(frozen=True)
class Settled:
    """The outcomes of some events, in their order, and what was done in each cluster."""

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
        """Settle some events in one go: every cluster is read once and written at most once.

        Never raises a ``RegistrarError``: what went wrong stands in the outcome of each event that it concerns.
        """
        first = [self._look_at(event) for event in events]
        hints = [outcome.hint for outcome in first if outcome.hint is not None]
        results = reconcile(hints, self.policy, self.clusters, self.open_cluster, self.principals, self.runtime)
        return Settled(tuple(_outcome(one, results) for one in first), results)

    def observing(self) -> Registrar:
        """The same registrar with every cluster in mode observe: it plans and reports, and writes nothing."""
        clusters = tuple(replace(cluster, mode="observe") for cluster in self.clusters)
        return replace(self, clusters=clusters, open_cluster=self._open_observed)

    def _open_observed(self, cluster: Cluster) -> ClusterAccess:
        return replace(self.open_cluster(cluster), cluster=cluster)

    def _look_at(self, event: object) -> Outcome:
        """The hint of an event, or why there is none: then the outcome is settled already."""
        try:
            _refuse_request(event)
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


def is_request(event: object) -> bool:
    """Whether an event is a request to the registrar, such as ``{"registrar": "sweep"}``."""
    return isinstance(event, Mapping) and "registrar" in event


def _refuse_request(event: object) -> None:
    if not isinstance(event, Mapping) or not is_request(event):
        return
    request = event["registrar"]
    if request == DOCTOR:
        raise PoisonRecord(
            "the request doctor was put on a queue, which cannot be answered: invoke the function with it"
        )
    if isinstance(request, str) and request in REQUESTS:
        raise NotYetSupported(f"the request {request} is not yet supported; nothing was done")
    raise PoisonRecord(f"unknown request {shown(request)}; known are {', '.join(sorted(REQUESTS))}")


def _outcome(first: Outcome, results: Sequence[ClusterResult]) -> Outcome:
    """A record fails if one cluster fails for its principal; *retry* outweighs *never retry*."""
    if first.hint is None:
        return first
    errors = [result.errors[first.hint.principal] for result in results if first.hint.principal in result.errors]
    if not errors:
        return first
    return Outcome("failed", first.hint, decisive(errors))
