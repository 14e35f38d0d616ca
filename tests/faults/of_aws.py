"""Faults of AWS: IAM, EKS and SQS."""

from __future__ import annotations

from dataclasses import replace

import half_read
from fault import DEAD, DONE, SWEEP_DONE, End, Fault
from of_the_api_server import EMPTY_OBJECT, NOTHING, PORTAL, SLOWLY, by_events_alone, text
from places import ACCOUNT, ASKER, CLUSTER, LEAVER, LETTERS, ROLES, Place

from lab.faults.harm import AwsError, Cut, Hang, Harm, Instead, Moment, Reset, ResetHalfway
from lab.faults.script import FOREVER, Strike

AREA = "AWS"
THROTTLING = AwsError("Throttling", 400)
DENIED = AwsError("AccessDenied", 403)
FAILURE = AwsError("InternalFailure", 500)
FIRST, NEXT = ACCOUNT.at.replace("*", "first"), ACCOUNT.at.replace("*", "next")


def struck(place: Place, what: str, harm: Harm, *, times: int = FOREVER, after: int = 0) -> Fault:
    """A fault at one place; the endpoint of a cluster is asked for by a process that is new."""
    strike = Strike(place.at, harm, times, after)
    return Fault(AREA, f"{place.name}: {what}", place.hurt, (strike,), cold=place is CLUSTER)


def done(fault: Fault) -> Fault:
    """A fault that nobody notices: the SDK tries again."""
    return replace(fault, ends=DONE)


def sent_twice(fault: Fault) -> Fault:
    """A fault that hides that the dead letter has been sent: its record returns, and is sent again."""
    return replace(fault, ends=replace(fault.ends, poison=End.BOTH))


def half_read_page(what: str, first: Harm, following: Harm | None, *, harmless: bool = False) -> Fault:
    """A fault in the middle of reading an account, whose roles come in two pages."""
    strikes = [Strike(FIRST, first)] + ([Strike(NEXT, following)] if following else [])
    return Fault(AREA, f"{ACCOUNT.name}: {what}", SWEEP_DONE if harmless else ACCOUNT.hurt, tuple(strikes))


def _answers(place: Place) -> tuple[Fault, ...]:
    return (
        struck(place, "throttled", THROTTLING),
        struck(place, "denied", DENIED),
        struck(place, "500", FAILURE),
        struck(place, "200, and no answer of AWS", PORTAL),
        struck(place, "200, and nothing", NOTHING),
        struck(place, "answer cut short", Cut(honest=True)),
        struck(place, "connection ends half-way", Cut(honest=False)),
        struck(place, "reset", Reset(Moment.BEFORE)),
        struck(place, "reset half-way", ResetHalfway()),
    )


def _empty(operation: str) -> Instead:
    """An answer in the right form, with nothing in it."""
    return text(200, f"<{operation}Response><{operation}Result/></{operation}Response>", "text/xml")


FAULTS = (
    *map(by_events_alone, _answers(ASKER)),
    by_events_alone(struck(ASKER, "200, and an empty result", _empty("GetRole"))),
    done(struck(ASKER, "throttled, once", THROTTLING, times=1)),
    by_events_alone(struck(ASKER, "throttled after the write", THROTTLING, after=1)),
    by_events_alone(struck(ASKER, "drips", SLOWLY)),
    struck(LEAVER, "throttled", THROTTLING),
    replace(struck(LEAVER, "denied after the write", DENIED, after=1), ends=replace(LEAVER.hurt, sweep=End.DONE)),
    struck(ROLES, "denied", DENIED),
    by_events_alone(struck(ROLES, "hangs", Hang(Moment.BEFORE))),
    *_answers(ACCOUNT),
    struck(ACCOUNT, "200, and an empty result", _empty("GetAccountAuthorizationDetails")),
    struck(ACCOUNT, "hangs", Hang(Moment.BEFORE)),
    half_read_page("two pages", half_read.FIRST_HALF, half_read.SECOND_HALF, harmless=True),
    half_read_page("second page throttled", half_read.FIRST_HALF, THROTTLING),
    half_read_page("second page cut short", half_read.FIRST_HALF, Cut(honest=True)),
    half_read_page("second page without roles", half_read.FIRST_HALF, half_read.NO_ROLES, harmless=True),
    half_read_page("more to come, and its marker lost", half_read.WITHOUT_MARKER, None),
    half_read_page("half of it, said to be all", half_read.SAID_TO_BE_ALL, None, harmless=True),
    half_read_page("the other half, said to be all", half_read.SECOND_HALF, None, harmless=True),
    half_read_page("none of it, said to be all", half_read.NO_ROLES, None, harmless=True),
    *map(by_events_alone, _answers(CLUSTER)),
    by_events_alone(struck(CLUSTER, "200, and an empty object", EMPTY_OBJECT)),
    replace(struck(CLUSTER, "no such cluster", AwsError("ResourceNotFoundException", 404)), ends=DEAD),
    *(sent_twice(f) if f.name.endswith(("cut short", "half-way")) else f for f in _answers(LETTERS)),
)
