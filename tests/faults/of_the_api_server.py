"""Faults of the API server, or of whatever stands before it."""

from __future__ import annotations

import json
from dataclasses import replace

from fault import DEAD, DONE, SWEEP_DONE, End, Ends, Fault
from places import API, DROP, KEEP, LIST, LOOK, MAKE, READ, ROLE, SPACE, WRITE, Place

from lab.aws.wire import Response
from lab.faults.harm import Bent, Cut, Drip, Hang, Harm, Instead, Moment, Reset, ResetHalfway
from lab.faults.script import FOREVER, Strike

AREA = "API server"
JSON = ("Content-Type", "application/json")


def status(code: int, reason: str, message: str, *headers: tuple[str, str]) -> Instead:
    """A Kubernetes ``Status``."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason}
    return Instead(Response(code, (JSON, *headers), json.dumps({**body, "message": message}).encode()))


def text(code: int, body: str, kind: str = "text/html") -> Instead:
    """Something else than Kubernetes' own answer."""
    return Instead(Response(code, (("Content-Type", kind),), body.encode()))


def _without_data(body: bytes) -> bytes:
    """An aws-auth as it would be if nobody were mapped: the answer is a lie, its version is not."""
    return json.dumps({key: value for key, value in json.loads(body).items() if key != "data"}).encode()


CONFLICT = status(409, "Conflict", "the object has been modified")
THROTTLED = status(429, "TooManyRequests", "too many requests", ("Retry-After", "120"))
INTERNAL = status(500, "InternalError", "etcdserver: request timed out")
UNAVAILABLE = status(503, "ServiceUnavailable", "apiserver is shutting down")
UNAUTHORIZED = status(401, "Unauthorized", "Unauthorized")
FORBIDDEN = status(403, "Forbidden", 'User "x" cannot do that: RBAC')
PORTAL = text(200, "<html>Sign in to the guest network</html>")
EMPTY_OBJECT, EMPTY_LIST = text(200, "{}", "application/json"), text(200, "[]", "application/json")
NO_ITEMS = text(200, '{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}', JSON[1])
NOTHING = text(200, "")
NO_ROUTE = text(404, "default backend - 404", "text/plain")
WITHOUT_DATA = Bent(lambda response: replace(response, body=_without_data(response.body)))
ELSEWHERE = Instead(Response(307, (("Location", "https://127.0.0.1:1/"),), b""))
# No pause is longer than the client's read timeout: only a limit on the whole call ends it.
SLOWLY = Drip(bytes_at_once=1, pause_s=0.5)


def struck(place: Place, what: str, harm: Harm, ends: Ends | None = None, times: int = FOREVER) -> Fault:
    """A fault at one place; without ``ends`` what is hurt there returns to the queue."""
    return Fault(AREA, f"{place.name}: {what}", ends or place.hurt, (Strike(place.at, harm, times),))


def by_events_alone(fault: Fault) -> Fault:
    """A fault of a call that a sweep makes by the same code: it would only take the same time once more."""
    return replace(fault, ends=replace(fault.ends, sweep=None))


def _answers(place: Place) -> tuple[Fault, ...]:
    """Refusals and nonsense that any call may be answered with."""
    return (
        struck(place, "429 with Retry-After", THROTTLED, times=1),
        struck(place, "500", INTERNAL, times=1),
        struck(place, "503", UNAVAILABLE),
        struck(place, "200, and no JSON", PORTAL),
        struck(place, "200, and an empty object", EMPTY_OBJECT),
        struck(place, "200, and an empty list", EMPTY_LIST),
        struck(place, "200, and nothing", NOTHING),
        struck(place, "answer cut short", Cut(honest=True), times=1),
    )


def _in_history(fault: Fault) -> Fault:
    """A fault of the history, in a run that has something to keep."""
    return by_events_alone(replace(fault, foreign_is_new=True))


FAULTS = (
    *_answers(READ),
    struck(READ, "200, and a list without items", NO_ITEMS),
    # What was read would wipe every foreign row: the cluster's own admission policy has the last word.
    struck(READ, "aws-auth without its data", WITHOUT_DATA, DEAD),
    struck(READ, "reset, once", Reset(Moment.BEFORE), DONE, times=1),
    struck(READ, "reset, for ever", Reset(Moment.BEFORE)),
    struck(READ, "reset half-way, once", ResetHalfway(), DONE, times=1),
    struck(READ, "reset half-way, for ever", ResetHalfway()),
    struck(READ, "connection ends half-way", Cut(honest=False)),
    by_events_alone(struck(READ, "hangs", Hang(Moment.BEFORE))),
    by_events_alone(struck(READ, "drips", SLOWLY)),
    struck(READ, "404 in plain text", NO_ROUTE),
    struck(READ, "redirect", ELSEWHERE),
    struck(READ, "403 of RBAC", FORBIDDEN, DEAD),
    *_answers(WRITE),
    struck(WRITE, "409, three times", CONFLICT, DONE, times=3),
    by_events_alone(struck(WRITE, "409, for ever", CONFLICT)),
    struck(WRITE, "reset before it", Reset(Moment.BEFORE), times=1),
    struck(WRITE, "reset half-way through its answer", ResetHalfway(), times=1),
    struck(WRITE, "carried out, answer lost", Reset(Moment.AFTER), times=1),
    by_events_alone(struck(WRITE, "carried out, then hangs", Hang(Moment.AFTER), times=1)),
    *map(by_events_alone, _answers(LOOK)),
    struck(LOOK, "reset, for ever", Reset(Moment.BEFORE)),
    *_answers(LIST),
    struck(LIST, "200, and a list without items", NO_ITEMS, SWEEP_DONE),
    *map(by_events_alone, _answers(ROLE)),
    struck(SPACE, "500", INTERNAL),
    struck(SPACE, "200, and an empty object", EMPTY_OBJECT),
    *_answers(MAKE),
    struck(MAKE, "409, three times", CONFLICT, DONE, times=3),
    struck(MAKE, "reset before it", Reset(Moment.BEFORE), times=1),
    struck(MAKE, "carried out, answer lost", Reset(Moment.AFTER), times=1),
    struck(MAKE, "403 of RBAC", FORBIDDEN, Ends(End.DEAD, End.DONE, End.DONE)),
    *_answers(DROP),
    struck(DROP, "409, for ever", CONFLICT, DONE),
    struck(DROP, "carried out, answer lost", Reset(Moment.AFTER), DONE, times=1),
    struck(DROP, "403 of RBAC", FORBIDDEN, Ends(End.DONE, End.DEAD, End.DONE)),
    *map(_in_history, _answers(KEEP)),
    _in_history(struck(KEEP, "carried out, answer lost", Reset(Moment.AFTER))),
    _in_history(struck(KEEP, "403 of RBAC", FORBIDDEN)),
    _in_history(struck(KEEP, "409, for ever", CONFLICT)),
    struck(API, "401, once", UNAUTHORIZED, times=1),
    struck(API, "401, for ever", UNAUTHORIZED),
)
