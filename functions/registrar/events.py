"""A CloudTrail event in its EventBridge envelope → a hint where to look again. Pure.

An event is a hint, never the truth: duplicates, reordering, replay and forged fields are harmless, because nothing
but the name of a principal is taken from it, and the truth about that is read from IAM.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from registrar.errors import PoisonRecord
from registrar.model import Hint, PrincipalKind, PrincipalRef

ROLE_EVENTS = frozenset({"CreateRole", "TagRole", "UntagRole", "DeleteRole"})
DETAIL_TYPE = "AWS API Call via CloudTrail"

# IAM API reference, CreateRole: RoleName is 1-64 characters of [\w+=,.@-].
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Ignored:
    """An event that changes nothing of ours, and why."""

    reason: str


def read_event(event: object) -> Hint | Ignored:
    """The hint in an EventBridge event; ``Ignored`` for what is a well-formed event but not our business.

    Raises ``PoisonRecord`` for what is no EventBridge event at all, or one whose role cannot be named.
    """
    if not isinstance(event, Mapping) or not isinstance(event.get("detail"), Mapping):
        raise PoisonRecord("not an EventBridge event: it has no detail")
    detail: Mapping[str, Any] = event["detail"]
    if event.get("detail-type") != DETAIL_TYPE or detail.get("eventSource") != "iam.amazonaws.com":
        return Ignored(f"not an IAM call recorded by CloudTrail: {shown(event.get('detail-type'))}")
    name = detail.get("eventName")
    if not isinstance(name, str) or name not in ROLE_EVENTS:
        return Ignored(f"the call {shown(name)} changes no registered principal")
    if detail.get("errorCode"):
        return Ignored(f"the call failed ({shown(detail['errorCode'])}) and changed nothing")
    return _hint(event, detail, name)


def touches(hint: Hint, prefix: str) -> bool:
    """Whether the event can matter to us: it shows no tag keys, or one that is ours whatever its case."""
    return hint.tag_keys is None or any(is_ours(key, prefix) for key in hint.tag_keys)


def is_ours(key: str, prefix: str) -> bool:
    """Whether a tag key is one of ours, whatever its case."""
    return key.lower() == prefix.lower() or key.lower().startswith(f"{prefix.lower()}/")


def _hint(event: Mapping[str, Any], detail: Mapping[str, Any], name: str) -> Hint | Ignored:
    account = event.get("account")
    if not isinstance(account, str) or not re.fullmatch(r"[0-9]{12}", account, re.ASCII):
        raise PoisonRecord(f"the envelope names no account of 12 digits: {shown(account)}")
    parameters = detail.get("requestParameters")
    if not isinstance(parameters, Mapping):
        return Ignored(f"the event {name} has no requestParameters: it names no role")
    role = parameters.get("roleName")
    if not isinstance(role, str) or not _ROLE_NAME.fullmatch(role):
        raise PoisonRecord(f"the event {name} names no role: roleName is {shown(role)}")
    return Hint(
        principal=PrincipalRef(account, PrincipalKind.ROLE, role),
        event_name=name,
        time=_time(detail.get("eventTime") or event.get("time")),
        event_id=str(detail.get("eventID", "")),
        tag_keys=_tag_keys(name, parameters),
    )


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise PoisonRecord(f"the event has no readable time: {shown(value)}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise PoisonRecord(f"the event has no readable time: {shown(value)}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tag_keys(name: str, parameters: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The keys that the event shows; ``None`` where it shows none, or not in the shape that is documented."""
    if name == "TagRole":
        tags = parameters.get("tags")
        keys = (
            [tag.get("key") if isinstance(tag, Mapping) else None for tag in tags] if isinstance(tags, list) else [None]
        )
    elif name == "UntagRole":
        found = parameters.get("tagKeys")
        keys = found if isinstance(found, list) else [None]
    else:
        return None
    texts = tuple(key for key in keys if isinstance(key, str))
    return texts if len(texts) == len(keys) else None


def shown(value: object) -> str:
    """A foreign value for a message: printable, on one line, short; what has an inside is only named."""
    if isinstance(value, Mapping | list):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
