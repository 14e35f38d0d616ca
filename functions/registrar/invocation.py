"""The function asked from outside, by a request: how the command line reaches what a laptop cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from registrar.errors import Unreachable
from registrar.limits import FUNCTION_SECONDS

# Longer than the function may last, over a connection that is idle meanwhile. One try: a second sweep or purge must not
# begin by itself.
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=FUNCTION_SECONDS + 15,
    tcp_keepalive=True,
    retries={"mode": "standard", "total_max_attempts": 1},
)


def invoke(session: boto3.Session, region: str, function: str, request: Mapping[str, Any]) -> Any:
    """What a function answers to a request.

    Raises ``Unreachable`` if it cannot be invoked, fails (with its own words), or answers what is not JSON.
    """
    where = f"function {function} in {region}"
    client = session.client("lambda", region_name=region, config=_CONFIG)
    try:
        invoked = client.invoke(FunctionName=function, Payload=json.dumps(request))
    except (ClientError, BotoCoreError) as error:
        raise Unreachable(f"{where} could not be asked: {error}; say --function NAME if it has another name") from error
    told = invoked["Payload"].read()
    if "FunctionError" in invoked:
        raise Unreachable(f"{where} failed: {_reason(told)}; its log says more")
    try:
        return json.loads(told)
    except ValueError as error:
        raise answered_something_else(where, told) from error


def answered_something_else(where: str, told: object) -> Unreachable:
    """The error for an answer in a shape that this version does not know: the function may be of another version."""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else json.dumps(told)
    return Unreachable(f"{where} answered something else: {text[:300]}; is it of the same version as this program?")


def _reason(told: bytes) -> str:
    """``errorType: errorMessage`` (Lambda developer guide, "Python function errors"), or the text as it came."""
    text = told.decode("utf-8", "replace")
    try:
        found = json.loads(text)
        return f"{found['errorType']}: {found['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return text[:500]
