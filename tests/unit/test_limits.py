"""An end to every remote call, and to all of them together."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from registrar import limits
from registrar.errors import Unreachable
from registrar.limits import limited, run_for, share_of_time


def swallowing() -> None:
    """What an SDK does: try again whatever happens."""
    for _ in range(3):
        try:
            time.sleep(10)
        except Exception:  # noqa: BLE001 - the point of this function
            continue


def test_a_call_is_broken_off_although_the_sdk_would_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is told which call it was, and after how long."""
    monkeypatch.setattr(limits, "LONGEST_CALL_SECONDS", 0.05)
    with pytest.raises(Unreachable, match="iam:GetRole: no whole answer within 0 s"), limited("iam:GetRole"):
        swallowing()


def test_no_call_begins_when_the_run_is_over() -> None:
    """The record returns while there is still time to say so."""
    begun = []
    with run_for(-1), pytest.raises(Unreachable, match="not tried, the invocation has no time left"), limited("x"):
        begun.append(True)
    assert begun == []


def test_a_call_ends_with_the_run() -> None:
    """It does not get its whole time where the run has less."""
    with run_for(0.05), pytest.raises(Unreachable, match="no whole answer"), limited("x"):
        swallowing()


def test_after_a_call_no_alarm_is_left() -> None:
    """Neither for what follows nor in the place of somebody else's."""
    before, (left, _) = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    with limited("x"):
        pass
    assert (signal.getitimer(signal.ITIMER_REAL)[0] > 100) == (left > 100), "the timer of the test run itself"
    assert signal.getsignal(signal.SIGALRM) is before


def test_an_alarm_within_an_alarm_leaves_the_outer_one_set() -> None:
    """A call within a call does not take the limit from the outer one."""

    def inner_and_then_outer() -> None:
        with limited("inner"):
            pass
        swallowing()

    with pytest.raises(Unreachable, match="outer"), run_for(0.2), limited("outer"):
        inner_and_then_outer()


def test_each_has_its_share_of_the_time() -> None:
    """What hangs first does not take the time of what comes later."""
    with run_for(0.2):
        with share_of_time(2), pytest.raises(Unreachable, match="first"), limited("first"):
            swallowing()
        with limited("second"):
            pass


def test_an_error_of_the_call_stays_that_error() -> None:
    """Only what takes too long is told as unreachable."""
    with pytest.raises(LookupError), limited("x"):
        raise LookupError


def test_in_another_thread_the_deadline_of_the_run_holds_and_the_alarm_does_not() -> None:
    """No signal can reach it; the call goes on, and nothing breaks."""
    done = []

    def call() -> None:
        with run_for(10), limited("x"):
            done.append(True)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert done == [True]


@pytest.mark.parametrize("seconds", [1e-6, 5e-6, 1e-4])
def test_a_time_too_short_for_any_call_is_over(seconds: float) -> None:
    """An alarm so soon would ring outside of what catches it, and end the whole invocation."""
    for _ in range(50):
        with run_for(seconds), pytest.raises(Unreachable, match="no time left"), limited("x"):
            pytest.fail("the call was begun")
