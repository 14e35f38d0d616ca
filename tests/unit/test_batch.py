"""An SQS batch: what returns to the queue, what goes to the dead-letter queue, what is done."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import process_partial_response

from registrar.batch import OneWriteProcessor
from registrar.errors import PoisonRecord, RegistrarError, Throttled, Unreachable
from tests.unit.memory import Rows, World, event, world
from tests.unit.samples import asks, ref


@dataclass
class Kept:
    """A dead-letter queue in memory; ``fails`` is raised by every send."""

    sent: list[tuple[str, str, RegistrarError]] = field(default_factory=list)
    fails: RegistrarError | None = None

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:
        """Keep a record."""
        if self.fails is not None:
            raise self.fails
        self.sent.append((body, message_id, error))


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
        "attributes": {},
        "messageAttributes": {},
    }


def run(made: World, kept: Kept | None, *bodies: object) -> list[str]:
    """The ids of the records that return to the queue."""
    processor = OneWriteProcessor(made.registrar(), kept)
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
    processor = OneWriteProcessor(world(asks("view")).registrar(), Kept())
    batch = {"Records": [record(n, body) for n, body in enumerate(["no json", event(), "{}"])]}
    process_partial_response(event=batch, record_handler=never, processor=processor)
    assert [type(o.error).__name__ for o in processor.settled.outcomes] == ["PoisonRecord", "NoneType", "PoisonRecord"]
