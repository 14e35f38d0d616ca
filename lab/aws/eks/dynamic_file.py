"""The file by which aws-iam-authenticator knows the access entries (its backend ``DynamicFile``)."""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.aws.eks.in_effect import InEffect
from lab.aws.eks.model import Entry

# The authenticator reads the file, and then begins to watch it (pkg/fileutil/util.go): a change between the two would
# be seen with the next one only. So every change is written a second time.
_AGAIN_S = 2.5
# The authenticator looks once a second: what comes in a burst is written together.
_PACE_S = 0.05


def keep_written(path: Path, entries: InEffect) -> None:
    """Write the file now and, from a thread of its own, at every change from now on."""
    first = entries.now()
    write(path, first)
    threading.Thread(target=_follow, args=(path, entries, first), daemon=True, name="dynamic-file").start()


def write(path: Path, entries: Mapping[str, Entry]) -> None:
    """Replace the file by rename: it is never seen half written."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(content(entries)))
    new.replace(path)


def content(entries: Mapping[str, Entry]) -> dict[str, Any]:
    """What the authenticator reads (pkg/mapper/dynamicfile).

    ``userid`` is what it looks for, so the entry of a role that was made again maps nobody. It compares the ARN too,
    and strips the path of a role's by itself.
    """
    roles = [_mapping("rolearn", entry) for entry in entries.values() if entry.principal.kind == "role"]
    users = [_mapping("userarn", entry) for entry in entries.values() if entry.principal.kind == "user"]
    return {"LastUpdatedDateTime": str(int(time.time())), "Version": "1", "mapRoles": roles, "mapUsers": users}


def _follow(path: Path, entries: InEffect, written: Mapping[str, Entry]) -> None:
    again: float | None = None
    while True:
        now = entries.wait_for_change(written, again)
        again = _AGAIN_S if now is not written else None
        written = now
        write(path, now)
        time.sleep(_PACE_S)


def _mapping(kind: str, entry: Entry) -> dict[str, Any]:
    principal = entry.principal
    return {
        kind: principal.arn,
        "userid": principal.unique_id,
        "username": entry.username,
        "groups": list(entry.groups),
    }
