"""Principals read from IAM, and held against the events that made us look: IAM is eventually consistent.

Where IAM does not show yet what a young event tells, the reading is in doubt: the record returns to the queue, and that
principal is left as it is, neither granted nor revoked anything. After two minutes IAM is believed, or, where it knows
no such role, the principal is left to the sweep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from registrar.errors import NotYetVisible, RegistrarError, Retry
from registrar.model import Gone, Hint, Outside, PrincipalRef, Role
from registrar.sources.iam import Principals

# For this long a change that an event tells of may only be not visible yet.
VISIBLE_AFTER = timedelta(minutes=2)

Read = Role | Gone | Outside | RegistrarError | None
Reads = Mapping[PrincipalRef, Read]


def read_all(
    refs: Sequence[PrincipalRef],
    hints: Sequence[Hint],
    principals: Principals,
    keys: AbstractSet[str],
    now: datetime,
    seen: AbstractSet[PrincipalRef] = frozenset(),
) -> Reads:
    """Each principal as IAM tells it now, or the error that says why the record must return.

    ``keys`` are the tag keys that can grant anything, in lower case. ``seen`` are those that this run has read before,
    without doubt: what IAM tells of them now is acted on, newer as it most likely is (see ``doubt``).
    """
    return {ref: _read(ref, hints_of(ref, hints), principals, keys, now, ref in seen) for ref in refs}


def hints_of(ref: PrincipalRef, hints: Sequence[Hint]) -> list[Hint]:
    """The hints at one principal."""
    return [hint for hint in hints if hint.principal == ref]


def _read(
    ref: PrincipalRef, hints: Sequence[Hint], principals: Principals, keys: AbstractSet[str], now: datetime, seen: bool
) -> Read:
    try:
        found = principals.read(ref)
        return found if seen else believed(found, hints, keys, now)
    except Retry as error:
        return error


def believed(found: Role | Gone, hints: Sequence[Hint], keys: AbstractSet[str], now: datetime) -> Role | Gone | None:
    """What IAM said, held against the events that made us look; ``None`` leaves the principal to the sweep.

    Raises ``NotYetVisible`` while IAM may simply not show the change yet.
    """
    latest = _latest(hints)
    deleted = latest.event_name == "DeleteRole"
    if isinstance(found, Role):
        if deleted and _young(latest, now) and found.created <= latest.time:
            raise NotYetVisible(f"{found.ref}: deleted at {latest.time:%H:%M:%S}, IAM still shows it")
        _expect_tags(found, hints, keys, now)
        return found
    if deleted:
        return found
    if _young(latest, now):
        raise not_there(found, latest)
    return found if any(hint.event_name == "DeleteRole" for hint in hints) else None


def doubt(read: Read, hints: Sequence[Hint], keys: AbstractSet[str], now: datetime) -> RegistrarError | None:
    """Why the record must return, although (but for an error) what was read is acted on; ``None`` if it need not.

    What went or changed while we looked is acted on. A young event says that it may also have come from a replica that
    is behind: then another look will tell.
    """
    if isinstance(read, Role):
        try:
            believed(read, hints, keys, now)
        except NotYetVisible as error:
            return error
        return None
    if isinstance(read, Gone):
        latest = _latest(hints)
        return not_there(read, latest) if latest.event_name != "DeleteRole" and _young(latest, now) else None
    return read if isinstance(read, RegistrarError) else None


def _expect_tags(found: Role, hints: Sequence[Hint], keys: AbstractSet[str], now: datetime) -> None:
    """Raise ``NotYetVisible`` if IAM shows a tag of ours in another way than the latest event that names it.

    A narrower tag or a revocation must not be missed for one stale read. A role that was tagged again meanwhile costs
    some looks until the event is two minutes old; its own event settles it before that.
    """
    shown = {key.lower(): value for key, value in found.tags}
    for key, (time, values) in _told(found, hints, keys, now).items():
        if shown.get(key) not in values:
            untagged = values == {None}
            raise NotYetVisible(
                f"{found.ref}: {'untagged' if untagged else 'tagged'} at {time:%H:%M:%S}, IAM still shows "
                f"{key!a}{'' if untagged else ' as it was before'}"
            )


def _told(
    found: Role, hints: Sequence[Hint], keys: AbstractSet[str], now: datetime
) -> dict[str, tuple[datetime, set[str | None]]]:
    """By tag key that can grant anything, in lower case: when the latest young call named it, and what it made of it.

    CloudTrail's times are whole seconds: after two calls within one, either may be the later. Calls from before the
    role was made (again) say nothing about it, nor do those from before a TagRole that does not show its keys.
    """
    told: dict[str, tuple[datetime, set[str | None]]] = {}
    for hint in hints:
        if not _young(hint, now) or hint.time < found.created.replace(microsecond=0):
            continue
        for key, value in _tag_changes(hint):
            time, values = told.get(key, (hint.time, set()))
            if key in keys and hint.time >= time:
                told[key] = (hint.time, {value} if hint.time > time else {*values, value})
    unclear = [hint.time for hint in hints if hint.event_name == "TagRole" and hint.tag_keys is None]
    return {key: one for key, one in told.items() if not unclear or one[0] > max(unclear)}


def _tag_changes(hint: Hint) -> Iterable[tuple[str, str | None]]:
    if hint.event_name == "UntagRole":
        return [(key.lower(), None) for key in hint.tag_keys or ()]
    return [(key.lower(), value) for key, value in hint.tags]


def _latest(hints: Sequence[Hint]) -> Hint:
    # CloudTrail's times are whole seconds: of two events at once a deletion is the later, in whatever order they came.
    return max(hints, key=lambda hint: (hint.time, hint.event_name == "DeleteRole"))


def _young(hint: Hint, now: datetime) -> bool:
    return now - hint.time < VISIBLE_AFTER


def not_there(found: Gone, latest: Hint) -> NotYetVisible:
    """The error for a role that IAM does not know although a young event tells of it."""
    return NotYetVisible(f"{found.ref}: {latest.event_name} at {latest.time:%H:%M:%S}, and IAM knows no such role yet")
