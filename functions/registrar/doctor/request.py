"""``{"registrar": "doctor"}``: the function examines itself, and the command line asks it to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from registrar.doctor.examine import Asked, examine
from registrar.doctor.finding import Finding, as_dicts, from_dicts
from registrar.errors import PoisonRecord
from registrar.invocation import answered_something_else, invoke
from registrar.policy import Cluster, Policy

NAME = "doctor"


def answer(
    event: Mapping[str, Any],
    policy: Policy,
    clusters: tuple[Cluster, ...],
    function: str | None,
    session: boto3.Session,
) -> dict[str, Any]:
    """What the function answers: ``{"registrar": "doctor", "findings": […]}``.

    The request may name one ``cluster`` by its tag. Raises ``PoisonRecord`` for one that this function does not serve.
    """
    tag = event.get("cluster")
    chosen = tuple(cluster for cluster in clusters if tag in (None, cluster.tag))
    if not chosen:
        known = ", ".join(cluster.tag for cluster in clusters)
        raise PoisonRecord(f"doctor: this function serves no cluster {tag!r}; it serves: {known}")
    findings = examine(Asked(policy, chosen, function), session)
    return {"registrar": NAME, "findings": as_dicts(findings)}


def ask(session: boto3.Session, region: str, function: str, tag: str | None) -> tuple[Finding, ...]:
    """Invoke a function and return its findings.

    Raises ``Unreachable`` if it cannot be invoked, fails, or is a version that does not know the request.
    """
    told = invoke(session, region, function, {"registrar": NAME} | ({"cluster": tag} if tag else {}))
    try:
        return from_dicts(told["findings"])
    except (ValueError, KeyError, TypeError) as error:
        raise answered_something_else(f"function {function} in {region}", told) from error
