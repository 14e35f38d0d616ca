"""A function for the lab's own tests: it writes down each invocation and fails as its records ask."""

import json
import os
import time
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    """Journal the event; each record's body may say ``fail``, ``raise``, ``sleep``, ``meet`` or ``answer``."""
    line = {"pid": os.getpid(), "event": event, "function": context.function_name}
    asked = [_asked(record) for record in event.get("Records", [{"body": json.dumps(event)}])]
    for body in asked:
        time.sleep(body.get("sleep", 0))
        if "meet" in body:
            _meet(body["meet"])
    with Path(os.environ["JOURNAL"]).open("a") as journal:
        journal.write(json.dumps(line) + "\n")
    for body in asked:
        if "raise" in body:
            raise RuntimeError(body["raise"])
        if "answer" in body:
            return body["answer"]
    failed = [
        record["messageId"] for record, body in zip(event.get("Records", []), asked, strict=False) if body.get("fail")
    ]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def _meet(place: str) -> None:
    """Wait in this process until another one waits at the same place; the function's time-out ends it otherwise."""
    folder = Path(os.environ["JOURNAL"]).parent / place
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)


def _asked(record: dict[str, Any]) -> dict[str, Any]:
    try:
        body = json.loads(record["body"])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
