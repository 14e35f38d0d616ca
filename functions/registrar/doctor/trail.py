"""Does CloudTrail record IAM's writes? Without a trail that does, no event ever comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registrar.doctor.deployment import Deployment
from registrar.doctor.finding import Finding, broken, well

_IAM = "iam.amazonaws.com"
_WHAT = "trail"


def trail(place: Deployment) -> tuple[Finding, ...]:
    """A trail that logs write management events of IAM, and is switched on.

    EventBridge receives API calls from CloudTrail only while a trail logs them: EventBridge user guide, "AWS service
    events via AWS CloudTrail".
    """
    where = f"account {', '.join(place.accounts)}"
    client = place.client("cloudtrail", place.home)
    reasons: list[str] = []
    for found in client.describe_trails(includeShadowTrails=True)["trailList"]:
        reason = _unfit(client, found, place.home)
        if reason is None:
            return (well(where, _WHAT, f"{found['Name']} logs IAM's writes"),)
        reasons.append(f"{found['Name']} {reason}")
    return (
        broken(
            where,
            _WHAT,
            f"no trail logs IAM's writes, so no event comes ({'; '.join(reasons) or f'none exists in {place.home}'})",
            f"create a multi-region trail that logs write management events, or one in {place.home}, and start logging",
        ),
    )


def _unfit(client: Any, found: Mapping[str, Any], home: str) -> str | None:
    """Why a trail does not serve; ``None`` if it does."""
    if not found.get("IsMultiRegionTrail") and found.get("HomeRegion") != home:
        return f"is of {found.get('HomeRegion')} only"
    if found.get("IncludeGlobalServiceEvents") is False:
        return "leaves out global services, IAM among them"
    if not client.get_trail_status(Name=found["TrailARN"])["IsLogging"]:
        return "is switched off"
    selected = client.get_event_selectors(TrailName=found["TrailARN"])
    if any(map(_plain, selected.get("EventSelectors") or ())):
        return None
    if any(_advanced(one["FieldSelectors"]) for one in selected.get("AdvancedEventSelectors") or ()):
        return None
    return "does not log write management events of IAM"


def _plain(selector: Mapping[str, Any]) -> bool:
    """CloudTrail API reference, EventSelector."""
    return (
        selector.get("IncludeManagementEvents", True)
        and selector.get("ReadWriteType", "All") in ("All", "WriteOnly")
        and _IAM not in selector.get("ExcludeManagementEventSources", ())
    )


def _advanced(fields: Sequence[Mapping[str, Any]]) -> bool:
    """CloudTrail API reference, AdvancedEventSelector: all fields must match, a field by any of its values."""
    event = {"eventCategory": "Management", "readOnly": "false", "eventSource": _IAM}
    return all(_matches(field, event[field["Field"]]) for field in fields if field["Field"] in event)


def _matches(field: Mapping[str, Any], value: str) -> bool:
    wanted = [
        *(value == other for other in field.get("Equals", ())),
        *(value.startswith(other) for other in field.get("StartsWith", ())),
        *(value.endswith(other) for other in field.get("EndsWith", ())),
    ]
    barred = [
        *(value == other for other in field.get("NotEquals", ())),
        *(value.startswith(other) for other in field.get("NotStartsWith", ())),
        *(value.endswith(other) for other in field.get("NotEndsWith", ())),
    ]
    return not any(barred) and (not wanted or any(wanted))
