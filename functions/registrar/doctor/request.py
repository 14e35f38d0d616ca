"""``{"registrar": "doctor"}``: the function examines itself, and the command line asks it to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from registrar.doctor.examine import Asked, examine
from registrar.doctor.finding import Finding, as_dicts, from_dicts
from registrar.errors import PoisonRecord, Unreachable
from registrar.policy import Cluster, Policy

NAME = "doctor"

# Longer than any timeout of the function's.
_CONFIG = Config(connect_timeout=3, read_timeout=180, retries={"mode": "standard", "total_max_attempts": 1})


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
    request = {"registrar": NAME} | ({"cluster": tag} if tag else {})
    where = f"function {function} in {region}"
    client = session.client("lambda", region_name=region, config=_CONFIG)
    try:
        invoked = client.invoke(FunctionName=function, Payload=json.dumps(request))
    except (ClientError, BotoCoreError) as error:
        raise Unreachable(f"{where} could not be asked: {error}; say --function NAME if it has another name") from error
    told = invoked["Payload"].read()
    if "FunctionError" in invoked:
        raise Unreachable(f"{where} failed: {told[:500].decode('utf-8', 'replace')}; its log says more")
    try:
        return from_dicts(json.loads(told)["findings"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable(f"{where} answered something else: {told[:300].decode('utf-8', 'replace')}") from error
