"""Plays: when something is written, and when nothing is."""

from __future__ import annotations

from ground import READS, SWEEP, Ground, as_environment, untagging
from stage import observing, tagging

from lab.aws.faults import Fault
from lab.aws.wire import Response
from lab.faults.harm import Instead as Answering
from lab.faults.rig import Rig
from lab.faults.script import Strike
from registrar.errors import TooLarge


def nothing_to_change_is_no_write(ground: Ground) -> None:
    """Counted at the API server's audit log and in the calls of AWS: by an event, and by a sweep."""
    team = ground.namespace()
    role = ground.registered(f"{ground.backend.edit(team)} group=oncall")
    with ground.no_write():
        ground.done(tagging(role))
        assert not ground.swept().written


def observe_writes_nothing(ground: Ground) -> None:
    """Neither a grant nor a revocation; what would be done is in the plan."""
    observed = observing(ground.policy)
    role, other = ground.registered(ground.backend.view()), ground.role(ground.backend.view())
    ground.untag(role)
    with ground.no_write():
        settled = ground.tell(untagging(role), tagging(other), SWEEP, policy=observed)
    assert [outcome.error for outcome in settled.outcomes] == [None] * 3
    plan = settled.results[0].plan
    assert plan is not None
    assert sorted(change.action for change in plan.changes) == ["add", "remove"]
    assert not any(result.written for result in settled.results)
    assert ground.unknown_now(other)
    assert ground.may(role, *READS, "-A")


def throttled_is_retried(ground: Ground) -> None:
    """IAM, and EKS where there are entries, ask us to slow down: the record returns, nothing is taken away."""
    kept, role = ground.registered(ground.backend.view()), ground.role(ground.backend.view())
    before = ground.doors.of(kept)
    for action in ("iam:GetRole", *((ground.backend.asks,) if ground.backend.asks else ())):
        ground.lab.aws.let_fail(Fault(action, "ThrottlingException", 429, "Rate exceeded", times=40))
        try:
            outcome = ground.tell(tagging(role)).outcomes[0]
        finally:
            ground.lab.aws.heal()
        assert outcome.retry, outcome
        assert "Throttl" in type(outcome.error).__name__
    assert (ground.doors.of(role), ground.doors.of(kept)) == (None, before)
    ground.done(tagging(role))
    assert ground.may(role, *READS, "-A")


def throttled_by_kubernetes_is_retried(ground: Ground) -> None:
    """The API server answers 429 to every write: the record returns, and the next try is done."""
    role = ground.role("view")
    busy = Answering(Response(429, (("Retry-After", "1"),), b'{"kind": "Status", "code": 429}'))
    with (
        Rig.before(ground.lab, ground.lab.folder.fresh("throttled")) as rig,
        as_environment({"AWS_ENDPOINT_URL": rig.aws_url}),
    ):
        registrar = ground.registrar()
        rig.script.arm([Strike("P[AOU]* /ap*", busy)])
        outcome = registrar.settle([tagging(role)]).outcomes[0]
        assert rig.script.struck
        rig.script.heal()
        assert outcome.retry, outcome
        assert ground.doors.of(role) is None
        assert registrar.settle([tagging(role)]).outcomes[0].error is None
    assert ground.may(role, *READS, "-A")


def a_full_place_takes_no_more(ground: Ground) -> None:
    """Refused with the count and what to do; a removal goes on, and gives room for another."""
    stays, goes = ground.registered(ground.backend.view()), ground.registered(ground.backend.view())
    role = ground.role(ground.backend.view())
    with ground.doors.full():
        outcome = ground.tell(tagging(role)).outcomes[0]
        assert isinstance(outcome.error, TooLarge), outcome
        assert not outcome.retry
        assert ground.doors.of(role) is None
        assert ground.untagged(goes).error is None
        assert ground.doors.of(goes) is None
        assert ground.doors.of(stays) is not None
    assert ground.shut_out(goes)
