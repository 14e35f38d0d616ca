"""Many remote reads at once: what the main thread makes of their answers, and when it gives up."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from registrar import limits, side_by_side
from registrar.errors import SourceDenied, Unreachable
from registrar.limits import limited, run_for

MANY = range(200)
NEVER = threading.Event()


def called(number: int) -> int:
    """A remote call that says what it was asked."""
    with limited(f"call {number}"):
        return number


def hanging(number: int) -> int:
    """A remote call whose answer never comes."""
    with limited(f"call {number}"):
        NEVER.wait(30)
    return number


def test_answers_come_back_in_the_order_of_what_was_asked() -> None:
    """Whichever thread is done first."""

    def slower_at_first(number: int) -> int:
        time.sleep(0.02 if number < side_by_side.AT_ONCE else 0)
        return number

    assert side_by_side.side_by_side(slower_at_first, MANY) == list(MANY)


def test_several_are_under_way_at_once_and_no_more_than_that() -> None:
    """All threads meet here; were there fewer, they would wait for each other in vain, and more are never seen."""
    together, inside, most = threading.Barrier(side_by_side.AT_ONCE), [0], [0]

    def meeting(number: int) -> int:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        together.wait(10)
        inside[0] -= 1
        together.wait(10)
        return number

    side_by_side.side_by_side(meeting, range(3 * side_by_side.AT_ONCE))
    assert most == [side_by_side.AT_ONCE]


@pytest.mark.parametrize("count", [0, 1])
def test_one_alone_needs_no_thread(count: int) -> None:
    """It is read where it is asked for, where an alarm reaches it."""
    seen = side_by_side.side_by_side(lambda _: threading.current_thread(), range(count))
    assert seen == [threading.current_thread()] * count


def test_one_error_is_that_of_all_and_nothing_more_is_begun() -> None:
    """What could not be read must not look as if it were absent; and EKS is not asked in vain."""
    begun: list[int] = []

    def denied_once(number: int) -> int:
        begun.append(number)
        if number == 20:
            raise SourceDenied("entry 20")
        time.sleep(0.002)
        return number

    with pytest.raises(SourceDenied, match="entry 20"):
        side_by_side.side_by_side(denied_once, range(5_000))
    time.sleep(0.05)
    after = len(begun)
    time.sleep(0.05)
    assert len(begun) == after < 5_000


def test_a_reading_of_several_calls_stops_between_two_of_them() -> None:
    """A list of many pages, one of which is under way when another thread fails, asks for no further page."""
    under_way, failed, told = threading.Event(), threading.Event(), list[str]()

    def pages(number: int) -> int:
        if number == 1:
            under_way.wait(10)
            raise SourceDenied("list 1")
        if number == 0:
            with limited("page 1"):
                under_way.set()
                failed.wait(10)
            try:
                called(2)
            except Unreachable as error:
                told.append(str(error))
        return number

    with pytest.raises(SourceDenied):
        side_by_side.side_by_side(pages, range(2))
    failed.set()
    deadline = time.monotonic() + 10
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told == ["call 2: not tried, nobody waits for it any more"]


def test_when_the_time_of_the_run_is_over_no_call_begins() -> None:
    """The threads know of it, too."""
    with run_for(-1), pytest.raises(Unreachable, match="not tried, the invocation has no time left"):
        side_by_side.side_by_side(called, MANY)


def test_a_call_ends_with_the_run_although_no_alarm_reaches_it() -> None:
    """It is left behind; the reader learns which it was."""
    since = time.monotonic()
    with run_for(0.1), pytest.raises(Unreachable, match=r"call \d: no whole answer within 0 s"):
        side_by_side.side_by_side(hanging, MANY)
    assert time.monotonic() - since < 5


def test_where_no_call_is_answered_the_reading_ends_as_one_call_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """After as long as one call by itself may take, not after the three times of one among many."""
    monkeypatch.setattr(side_by_side, "LONGEST_CALL_SECONDS", 0.1)
    since = time.monotonic()
    with pytest.raises(Unreachable, match=r"call \d: no whole answer"):
        side_by_side.side_by_side(hanging, MANY)
    assert time.monotonic() - since < 5


def test_one_call_that_drips_ends_the_reading_while_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take longer than a call by itself, since it waits for the pace with the others; but not for ever."""
    monkeypatch.setattr(limits, "LONGEST_CALL_AMONG_MANY_SECONDS", 0.3)

    def one_hangs(number: int) -> int:
        if number == 7:
            return hanging(number)
        time.sleep(0.01)
        return called(number)

    with pytest.raises(Unreachable, match="call 7: no whole answer within 0 s"):
        side_by_side.side_by_side(one_hangs, range(100_000))


def test_a_thread_that_hangs_keeps_no_process_alive() -> None:
    """A person who interrupts a command, or has its error, gets the prompt back."""
    program = """
import time
from registrar import side_by_side
from registrar.errors import Unreachable
from registrar.limits import limited, run_for
def hangs(number):
    with limited("x"):
        time.sleep(60)
try:
    with run_for(0.2):
        side_by_side.side_by_side(hangs, range(20))
except Unreachable:
    print("given up")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "given up\n"
    assert done.stderr == ""
