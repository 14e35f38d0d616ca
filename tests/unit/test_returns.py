"""A record that is to be tried again comes back sooner than the queue's time-out, and later each time."""

from __future__ import annotations

import pytest

from registrar.batch import LONGEST_PAUSE, OneWriteProcessor, pause_before_try
from registrar.errors import Throttled
from registrar.reading import VISIBLE_AFTER
from tests.unit.memory import World, event, world
from tests.unit.samples import asks, ref
from tests.unit.test_batch import Kept, Returned, never, record


def test_the_pauses_grow() -> None:
    """5, 10, 20, 40, 80 seconds, then 160 each."""
    assert [pause_before_try(number) for number in range(2, 10)] == [5, 10, 20, 40, 80, 160, 160, 160]
    assert pause_before_try(10_000) == LONGEST_PAUSE


def test_a_change_that_stays_invisible_is_left_to_the_sweep_before_the_tries_are_used_up() -> None:
    """The sixth try comes when the event is older than two minutes; the queue allows eight."""
    waited = [sum(pause_before_try(number) for number in range(2, last + 1)) for last in range(1, 9)]
    assert waited[4] < VISIBLE_AFTER.total_seconds() <= waited[5]


def throttled() -> World:
    """A world whose IAM asks to slow down for alice."""
    made = world(asks("view"), asks("view", name="bob"))
    made.iam.fails[ref()] = Throttled("iam:GetRole: slow down")
    return made


@pytest.mark.parametrize(("tries", "pause"), [(1, 5), (3, 20), (7, 160)])
def test_the_pause_follows_the_number_of_tries(tries: int, pause: int) -> None:
    """Only of the record that failed: the other is done."""
    returned = Returned()
    processor = OneWriteProcessor(throttled().registrar(), Kept(), returned)
    records = [record(0, event()), record(1, event(role="bob"))]
    for one in records:
        one["attributes"]["ApproximateReceiveCount"] = str(tries)
    with processor(records, never) as ready:
        ready.process()
    assert returned.pauses == {"m0": pause}


def test_a_queue_that_takes_no_new_time_out_is_only_a_warning() -> None:
    """The record returns all the same, after the queue's own time-out."""

    class Refusing(Returned):
        """A queue that refuses."""

        def after(self, record: object, seconds: int) -> None:
            """Refuse."""
            raise Throttled(f"sqs:ChangeMessageVisibility to {seconds} of {record}: slow down")

    processor = OneWriteProcessor(throttled().registrar(), Kept(), Refusing())
    with processor([record(0, event())], never) as ready:
        ready.process()
    assert "sqs:ChangeMessageVisibility to 5" in processor.warnings[0]
    assert processor.settled.outcomes[0].retry
