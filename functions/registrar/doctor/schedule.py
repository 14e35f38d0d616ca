"""The schedule of the sweep: whether each account is swept, for each queue that feeds the function."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from registrar.doctor.deployment import Deployment, schedule_group
from registrar.doctor.event_way import event_sources
from registrar.doctor.finding import Finding, broken, well
from registrar.eks.aws_errors import code_of
from registrar.requests import SWEEP, accounts_concerned

_WHAT = "schedule"
_HARM = "events that were lost and drift are not mended"


def schedules(place: Deployment) -> Iterator[Finding]:
    """Whether EventBridge Scheduler asks for the sweep of each account whose roles can have anything here."""
    for source in event_sources(place):
        queue = source["EventSourceArn"]
        found = _asking(place, queue)
        for account in accounts_concerned(place.policy, place.clusters):
            yield _of_account(place, queue, account, [one for one in found if _account(one) == account])


def _of_account(place: Deployment, queue: str, account: str, found: list[dict[str, Any]]) -> Finding:
    name = queue.rpartition(":")[2]
    if not found:
        detail = f"no schedule of group {_group(place)} asks queue {name} for the sweep of account {account}: {_HARM}"
        return broken(place.where, _WHAT, detail, "deploy the stack again (cdk deploy)")
    on = [one for one in found if one["State"] == "ENABLED"]
    if not on:
        detail = f"{found[0]['Name']} is disabled: account {account} is not swept, {_HARM}"
        # `aws scheduler update-schedule` wants every setting again, and an unchanged stack changes nothing.
        remedy = f"enable it in the console: EventBridge, Scheduler, group {_group(place)}"
        return broken(place.where, _WHAT, detail, remedy)
    return well(place.where, _WHAT, f"{on[0]['Name']} asks for account {account}, {on[0]['ScheduleExpression']}")


def _asking(place: Deployment, queue: str) -> list[dict[str, Any]]:
    """The whole schedules of the group of this network whose target is the queue."""
    scheduler, group = place.client("scheduler"), _group(place)
    try:
        pages = scheduler.get_paginator("list_schedules").paginate(GroupName=group)
        listed = [one for page in pages for one in page["Schedules"]]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return []
    names = [one["Name"] for one in listed if one["Target"]["Arn"] == queue]
    return [scheduler.get_schedule(Name=name, GroupName=group) for name in names]


def _account(schedule: Mapping[str, Any]) -> object:
    """Whose sweep a schedule asks for; ``None`` for anything else that somebody puts on the queue."""
    try:
        asked = json.loads(schedule["Target"].get("Input") or "")
    except ValueError:
        return None
    return asked.get("account") if isinstance(asked, dict) and asked.get("registrar") == SWEEP else None


def _group(place: Deployment) -> str:
    return schedule_group(place.policy.installation, place.network)
