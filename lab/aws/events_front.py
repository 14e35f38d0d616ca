"""EventBridge as the lab answers it: PutEvents refuses the names of AWS services, the rest is moto's."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab.aws.wire import Request, Response

_PUT_EVENTS = "AWSEvents.PutEvents"
_RESERVED = "aws."
_REFUSED = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}


def answer(request: Request, ask_moto: Callable[[Request], Response]) -> Response:
    """Give EventBridge's answer.

    An entry whose source begins with ``aws.`` fails by itself, so no caller can forge an event of IAM:
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    if request.headers.get("x-amz-target") != _PUT_EVENTS:
        return ask_moto(request)
    asked = json.loads(request.body)
    entries = asked["Entries"]
    allowed = [entry for entry in entries if not str(entry.get("Source", "")).startswith(_RESERVED)]
    if len(allowed) == len(entries):
        return ask_moto(request)
    response = ask_moto(replace(request, body=json.dumps(asked | {"Entries": allowed}).encode()))
    return replace(response, body=json.dumps(_merged(entries, json.loads(response.body))).encode())


def _merged(entries: list[dict[str, Any]], passed: dict[str, Any]) -> dict[str, Any]:
    """The results of all entries in their order."""
    results = iter(passed["Entries"])
    merged = [_REFUSED if str(entry.get("Source", "")).startswith(_RESERVED) else next(results) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in merged), "Entries": merged}
