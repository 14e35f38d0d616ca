"""An SQS batch: what returns to the queue, what goes to the dead-letter queue, what is done."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from registrar.batch import OneWriteProcessor
from registrar.errors import PoisonRecord, RegistrarError, Throttled, Unreachable
from tests.unit.memory import Rows, World, event, world
from tests.unit.samples import asks, ref


@dataclass
class Kept:
    """A dead-letter queue in memory; ``fails`` is raised by every send."""

    sent: list[tuple[str, str, RegistrarError]] = field(default_factory=list)
    fails: RegistrarError | None = None
    deleted_before: list[datetime] = field(default_factory=list)

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:
        """Keep a record."""
        if self.fails is not None:
            raise self.fails
        self.sent.append((body, message_id, error))

    def delete_from_before(self, moment: datetime) -> int:
        """Delete what was kept before a moment."""
        if self.fails is not None:
            raise self.fails
        self.deleted_before.append(moment)
        return 0


@dataclass
class Returned:
    """A queue in memory that takes records back."""

    pauses: dict[str, int] = field(default_factory=dict)

    def after(self, record: SQSRecord, seconds: int) -> None:
        """Note when the record is to be seen again."""
        self.pauses[record.message_id] = seconds


def never(record: object) -> None:
    """Powertools wants a handler of single records; it must not be called."""
    raise AssertionError(record)


def record(number: int, body: object) -> dict[str, Any]:
    """One SQS record; a text is sent as it is, everything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "messageId": f"m{number}",
        "body": text,
        "eventSource": "aws:sqs",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }


def run(made: World, kept: Kept | None, *bodies: object, returned: Returned | None = None) -> list[str]:
    """The ids of the records that return to the queue."""
    processor = OneWriteProcessor(made.registrar(), kept, returned or Returned())
    batch = {"Records": [record(n, body) for n, body in enumerate(bodies)]}
    answer = process_partial_response(event=batch, record_handler=never, processor=processor)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_batch_that_is_done_returns_nothing() -> None:
    """Written, ignored and nothing to do: Lambda deletes all of them."""
    kept = Kept()
    assert run(world(asks("view")), kept, event(), event("AttachRolePolicy"), event()) == []
    assert kept.sent == []


def test_only_what_may_succeed_later_returns() -> None:
    """The throttled record comes back alone, though all records were settled together."""
    made = world(asks("view"), asks("view", name="bob"))
    made.iam.fails = {ref(): Throttled("slow down")}
    assert run(made, Kept(), event(role="bob"), event(), event(role="bob")) == ["m1"]
    assert made.rows["prod"].writes == 1


@pytest.mark.parametrize(
    "poison",
    ["no json", "", "[" * 100_000, "null", "[]", "{}", '{"detail": 1}', '"text"', "NaN", "9" * 5000,
     {"registrar": "dance"}, {**event(), "account": None}, event(role="a/b")],
)  # fmt: skip
def test_a_poison_record_goes_to_the_dead_letter_queue_and_the_rest_goes_on(poison: object) -> None:
    """As it came, once, with its reason; a record beside it is written."""
    kept = Kept()
    made = world(asks("view"))
    assert run(made, kept, poison, event()) == []
    [(body, message_id, error)] = kept.sent
    assert (body, message_id) == (record(0, poison)["body"], "m0")
    assert isinstance(error, PoisonRecord)
    assert str(error)
    assert made.rows["prod"].writes == 1


def test_an_unreadable_aws_auth_goes_to_the_dead_letter_queue_with_the_line() -> None:
    """Nothing is written, nothing returns, and the reason tells a person where to look."""
    kept = Kept()
    made = world(asks("view"))
    made.rows["prod"] = Rows(text="- rolearn: x\n  groups: [a\n- {\n")
    assert run(made, kept, event()) == []
    [(_, _, error)] = kept.sent
    assert "line" in str(error)
    assert made.rows["prod"].writes == 0


def test_a_record_that_cannot_be_buried_returns_to_the_queue() -> None:
    """No record is ever lost: the queue's own redrive takes it in the end."""
    assert run(world(), Kept(fails=Unreachable("SQS does not answer")), "no json") == ["m0"]


def test_without_a_dead_letter_queue_a_bad_record_returns() -> None:
    """And redrive, if there is one, does its work."""
    assert run(world(), None, "no json", event("AttachRolePolicy")) == ["m0"]


def test_a_batch_in_which_everything_fails_raises_nothing() -> None:
    """A raised error would return records that are done with."""
    made = world()
    made.iam.fails = {ref(): Throttled("slow down")}
    assert run(made, Kept(), event(), event()) == ["m0", "m1"]


def test_the_outcomes_are_kept_in_the_order_of_the_records() -> None:
    """The log tells each record's fate in its place."""
    processor = OneWriteProcessor(world(asks("view")).registrar(), Kept(), Returned())
    batch = {"Records": [record(n, body) for n, body in enumerate(["no json", event(), "{}"])]}
    process_partial_response(event=batch, record_handler=never, processor=processor)
    assert [type(o.error).__name__ for o in processor.settled.outcomes] == ["PoisonRecord", "NoneType", "PoisonRecord"]


def test_a_record_without_attributes_hinders_no_other() -> None:
    """What Lambda always sends may be missing where somebody invokes by hand."""
    made = world(asks("view"))
    made.iam.fails[ref()] = Throttled("slow down")
    returned = Returned()
    processor = OneWriteProcessor(made.registrar(), Kept(), returned)
    bare = {key: value for key, value in record(0, event()).items() if key != "attributes"}
    answer = process_partial_response(event={"Records": [bare]}, record_handler=never, processor=processor)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert returned.pauses == {"m0": 5}


def test_a_complete_sweep_deletes_what_was_dead_before_it_was_asked_for() -> None:
    """By the time that SQS gave the request, whatever our own clock says."""
    kept, sweep = Kept(), record(0, {"registrar": "sweep", "account": "123456789012"})
    sweep["attributes"]["SentTimestamp"] = "1795000000000"
    processor = OneWriteProcessor(world(asks("view")).registrar(), kept, Returned())
    process_partial_response(event={"Records": [sweep]}, record_handler=never, processor=processor)
    assert kept.deleted_before == [datetime.fromtimestamp(1795000000, UTC)]


def test_a_sweep_that_is_not_complete_deletes_nothing() -> None:
    """Its letters may still be the only trace of what is to be done."""
    made, kept = world(asks("view")), Kept()
    made.iam.fails[ref()] = Throttled("slow down")
    run(made, kept, {"registrar": "sweep", "account": "123456789012"})
    assert kept.deleted_before == []
