"""Principals read from IAM, and held against the events that made us look: IAM is eventually consistent.

Where IAM does not show yet what an event tells, the record returns to the queue. A role that may only be not there yet
is not touched; stale tags, and a role that went while we looked, are acted on all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from registrar.errors import NotYetVisible, RegistrarError, Retry
from registrar.events import is_ours
from registrar.model import Gone, Hint, PrincipalRef, Role
from registrar.sources.iam import Principals

# For this long a change that an event tells of may only be not visible yet.
VISIBLE_AFTER = timedelta(minutes=2)

Read = Role | Gone | RegistrarError | None
Reads = Mapping[PrincipalRef, Read]


def read_all(
    refs: Sequence[PrincipalRef],
    hints: Sequence[Hint],
    principals: Principals,
    now: datetime,
    seen: AbstractSet[PrincipalRef] = frozenset(),
) -> Reads:
    """Each principal as IAM tells it now, or the error that says why the record must return.

    ``seen`` are those that this run has read before: the absence of one is no longer a matter of waiting.
    """
    return {ref: _read(ref, hints_of(ref, hints), principals, now, ref in seen) for ref in refs}


def hints_of(ref: PrincipalRef, hints: Sequence[Hint]) -> list[Hint]:
    """The hints at one principal."""
    return [hint for hint in hints if hint.principal == ref]


def _read(ref: PrincipalRef, hints: Sequence[Hint], principals: Principals, now: datetime, seen: bool) -> Read:
    try:
        found = principals.read(ref)
        return found if seen and isinstance(found, Gone) else believed(found, hints, now)
    except Retry as error:
        return error


def believed(found: Role | Gone, hints: Sequence[Hint], now: datetime) -> Role | Gone | None:
    """What IAM said, held against the events that made us look; ``None`` leaves the principal to the sweep.

    Raises ``NotYetVisible`` while IAM may simply not show the change yet.
    """
    latest = _latest(hints)
    deleted = latest.event_name == "DeleteRole"
    if isinstance(found, Role):
        if deleted and _young(latest, now) and found.created <= latest.time:
            raise NotYetVisible(f"{found.ref}: deleted at {latest.time:%H:%M:%S}, IAM still shows it")
        return found
    if deleted:
        return found
    if _young(latest, now):
        raise _not_there(found, latest)
    return found if any(hint.event_name == "DeleteRole" for hint in hints) else None


def doubt(read: Read, hints: Sequence[Hint], prefix: str, now: datetime) -> RegistrarError | None:
    """Why the record must return, although (but for an error) what was read is acted on; ``None`` if it need not."""
    if isinstance(read, Role):
        return _still_tagged(read, hints, prefix, now)
    if isinstance(read, Gone):
        latest = _latest(hints)
        return _not_there(read, latest) if latest.event_name != "DeleteRole" and _young(latest, now) else None
    return read


def _still_tagged(found: Role, hints: Sequence[Hint], prefix: str, now: datetime) -> NotYetVisible | None:
    """Whether IAM shows a key of ours that the latest event, an UntagRole, says is gone.

    A revocation must not be missed for one stale read. A role that was tagged again meanwhile costs some looks until
    the event is two minutes old.
    """
    time = max(hint.time for hint in hints)
    latest = [hint for hint in hints if hint.time == time]
    if any(hint.event_name != "UntagRole" or not _young(hint, now) for hint in latest) or found.created > time:
        return None
    removed = {key.lower() for hint in latest for key in hint.tag_keys or () if is_ours(key, prefix)}
    left = [ascii(key) for key, _ in found.tags if key.lower() in removed]
    if not left:
        return None
    return NotYetVisible(f"{found.ref}: untagged at {time:%H:%M:%S}, IAM still shows {', '.join(left)}")


def _latest(hints: Sequence[Hint]) -> Hint:
    # CloudTrail's times are whole seconds: of two events at once a deletion is the later, in whatever order they came.
    return max(hints, key=lambda hint: (hint.time, hint.event_name == "DeleteRole"))


def _young(hint: Hint, now: datetime) -> bool:
    return now - hint.time < VISIBLE_AFTER


def _not_there(found: Gone, latest: Hint) -> NotYetVisible:
    return NotYetVisible(f"{found.ref}: {latest.event_name} at {latest.time:%H:%M:%S}, and IAM knows no such role yet")
