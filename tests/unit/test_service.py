"""Events in, outcomes out: what is ignored, what fails, and that one failure stops no other."""

from __future__ import annotations

import pytest

from registrar.errors import AwsAuthUnreadable, NotYetVisible, PoisonRecord, RegistrarError, Throttled
from registrar.service import Outcome
from tests.unit.memory import NODE_ROW, RULES, Rows, World, event, world
from tests.unit.samples import asks, policy_of, ref


def settled(made: World, *events: object) -> list[Outcome]:
    """What became of some events."""
    return list(made.registrar().settle(events).outcomes)


def test_a_tagged_role_is_registered() -> None:
    """The row stands before the foreign one, and the binding is there."""
    made = world(asks("edit@a"))
    assert [o.word for o in settled(made, event())] == ["done"]
    assert made.rows["prod"].text == (
        '- {"rolearn": "arn:aws:iam::123456789012:role/alice", "username": "eks-registrar:123456789012:role/alice:'
        '{{SessionName}}", "groups": ["eks-registrar:edit@a"]}\n' + NODE_ROW
    )
    assert made.bindings["prod"].there == {"eks-registrar:edit@a"}


def test_a_deleted_role_leaves_nothing() -> None:
    """Row and binding go; the foreign bytes are as they were."""
    made = world(asks("edit@a"))
    settled(made, event())
    made.iam.roles = {}
    assert [o.word for o in settled(made, event("DeleteRole"))] == ["done"]
    assert made.rows["prod"].text == NODE_ROW
    assert made.bindings["prod"].there == set()


def test_an_event_that_spells_the_name_otherwise_is_the_same_role() -> None:
    """IAM's names ignore case: one row, in IAM's spelling, and one outcome for each event."""
    made = world(asks("view", name="Alice"))
    assert [o.word for o in settled(made, event(role="ALICE"), event(role="alice"))] == ["done", "done"]
    assert (made.rows["prod"].text or "").count("eks-registrar:123456789012:role/Alice") == 1
    made.iam.roles = {}
    settled(made, event("DeleteRole", role="aLICE"))
    assert made.rows["prod"].text == NODE_ROW


def test_a_batch_is_one_read_and_one_write() -> None:
    """However many events name however many roles."""
    names = [f"r{n}" for n in range(20)]
    made = world(*(asks("group=oncall", "edit@a", name=name) for name in names))
    assert {o.word for o in settled(made, *(event(role=name) for name in names * 3))} == {"done"}
    assert (made.rows["prod"].reads, made.rows["prod"].writes) == (1, 1)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (event("AttachRolePolicy"), "ignored: the call 'AttachRolePolicy' changes no registered principal"),
        (event(errorCode="AccessDenied"), "ignored: the call failed ('AccessDenied') and changed nothing"),
        (event(requestParameters=None), "ignored: the event TagRole has no requestParameters: it names no role"),
        (event(account="111122223333"), "ignored: no rule speaks about account 111122223333"),
        (
            event(requestParameters={"roleName": "alice", "tags": [{"key": "team", "value": "x"}]}),
            "ignored: TagRole of 123456789012:role/alice touches no tag of ours",
        ),
    ],
)
def test_what_does_not_concern_us_reads_nothing(value: object, word: str) -> None:
    """It is done with a reason, and no cluster is opened for it."""
    made = world(asks("view"))
    [outcome] = settled(made, value)
    assert (outcome.word, outcome.error, outcome.hint) == (word, None, None)
    assert made.rows == {}


@pytest.mark.parametrize(
    "value", [None, [], "x", {}, {"registrar": "dance"}, {"registrar": ["sweep"]}, {"registrar": {}}]
)
def test_poison_hinders_no_other(value: object) -> None:
    """It fails for ever and alone; the event beside it is done."""
    bad, good = settled(world(asks("view")), value, event())
    assert isinstance(bad.error, PoisonRecord)
    assert not bad.retry
    assert good.word == "done"


@pytest.mark.parametrize("request_name", ["doctor", "purge", "plan"])
def test_a_request_that_wants_an_answer_is_poison_on_a_queue(request_name: str) -> None:
    """Nobody would read the answer; the message says how to ask."""
    [outcome] = settled(world(), {"registrar": request_name, "account": "123456789012"})
    assert isinstance(outcome.error, PoisonRecord)
    assert "invoke the function with it" in str(outcome.error)


def test_a_role_that_cannot_be_read_keeps_its_row() -> None:
    """A throttled read returns its event to the queue; the others of the batch go ahead."""
    made = world(asks("view"), asks("view", name="bob"))
    settled(made, event(), event(role="bob"))
    before = made.rows["prod"].text
    made.iam.fails = {ref(): Throttled("IAM says slow down")}
    made.iam.roles = {}
    throttled, gone = settled(made, event(), event("DeleteRole", role="bob"))
    assert throttled.retry
    assert gone.word == "done"
    assert (made.rows["prod"].text or "") == (before or "").replace((before or "").splitlines(keepends=True)[1], "")


def test_a_role_that_is_not_visible_yet_returns_to_the_queue() -> None:
    """A young event of an unknown role is tried again."""
    [outcome] = settled(world(), event("CreateRole"))
    assert isinstance(outcome.error, NotYetVisible)
    assert outcome.retry


def test_an_unreadable_aws_auth_is_not_written_and_not_retried() -> None:
    """The cluster fails with a message that names the line; the other cluster is still written."""
    made = world(asks("view"))
    made.rows["test"] = Rows(text="- rolearn: x\n  groups: [a\n- {\n")
    made.iam.roles = {ref(): asks("view", cluster="prod")}
    [outcome] = settled(made, event())
    assert isinstance(outcome.error, AwsAuthUnreadable)
    assert "line" in str(outcome.error)
    assert not outcome.retry
    assert (made.rows["test"].writes, made.rows["prod"].writes) == (0, 1)


@pytest.mark.parametrize("retry_first", [True, False])
def test_retry_outweighs_never_retry(retry_first: bool) -> None:
    """Where one cluster may succeed later, the record must come back, whichever fails first."""
    errors: list[RegistrarError] = [Throttled("later"), AwsAuthUnreadable("never")]
    made = world(asks("view"))
    for tag, error in zip(("prod", "test"), errors if retry_first else reversed(errors), strict=True):
        made.rows[tag] = Rows(broken=error)
    [outcome] = settled(made, event())
    assert isinstance(outcome.error, Throttled)


def test_a_cluster_that_only_observes_is_not_written() -> None:
    """Not even a revocation."""
    made = World(policy_of(RULES))
    made.iam.roles = {ref(): asks("view", cluster="test")}
    assert [o.word for o in settled(made, event())] == ["done"]
    assert made.rows["test"].writes == 0


def test_observing_an_enforced_cluster_plans_and_writes_nothing() -> None:
    """What a replay without ``--apply`` does: the same plan, no write, no binding."""
    made = world(asks("edit@a"))
    observed = made.registrar().observing().settle([event()])
    assert [o.word for o in observed.outcomes] == ["done"]
    assert all(result.plan is not None and not result.written for result in observed.results)
    assert (made.rows["prod"].text, made.bindings["prod"].there) == (NODE_ROW, set())
    assert made.registrar().settle([event()]).results[0].written
