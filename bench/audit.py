"""The API server's audit log: what the registrar's user sent, as the server saw it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.kubernetes_api import KubernetesApi
from registrar.rights.rbac import HISTORY

LONGEST_WAIT_S = 10.0


@dataclass(frozen=True)
class Sent:
    """One request: the verb of the authorizer (``get``, ``create``, ``patch``, …) and the resource.

    ``history`` are the ConfigMaps with what is kept of aws-auth, ``configmaps`` aws-auth itself.
    """

    verb: str
    resource: str


@dataclass(frozen=True)
class AuditLog:
    """The log's file, and an administrator's connection to leave marks in it."""

    path: Path
    api: KubernetesApi

    def mark(self) -> int:
        """The place in the log behind everything that was sent so far."""
        name = f"mark-{uuid.uuid4().hex}"
        # A user's client may have the answer a moment before the server has written its line: the mark is put twice.
        self.api.request("GET", f"/api/v1/namespaces/{name}")
        self._wait_for(name, 1)
        self.api.request("GET", f"/api/v1/namespaces/{name}")
        self._wait_for(name, 2)
        return self.path.stat().st_size

    def sent(self, since: int, user: str) -> list[Sent]:
        """The requests of every user whose name begins with ``user``, from a mark on, in the order of their ends."""
        self.mark()
        return [_sent(line) for line in self._lines(since) if line["user"]["username"].startswith(user)]

    def _lines(self, since: int) -> Iterator[dict[str, Any]]:
        with self.path.open() as log:
            log.seek(since)
            yield from map(json.loads, log)

    def _wait_for(self, name: str, times: int) -> None:
        deadline = time.monotonic() + LONGEST_WAIT_S
        while self.path.read_text().count(f'"name":"{name}"') < times:
            if time.monotonic() > deadline:
                raise LabError(f"the API server's audit log does not show a request of {LONGEST_WAIT_S:.0f} s ago")
            time.sleep(0.02)


def _sent(line: dict[str, Any]) -> Sent:
    about = line["objectRef"]
    kept = about["resource"] == "configmaps" and about.get("name") in HISTORY
    return Sent(line["verb"], "history" if kept else about["resource"])
