"""What undoes a migration, kept in a folder of the caller's as it goes: a person can use it without eks-registrar."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from registrar.errors import RegistrarError
from registrar.kubectl import Object
from registrar.migration import advice
from registrar.policy import Cluster

ROWS_BACK, ENTRIES_AWAY = "1-rows-back.sh", "2-entries-away.sh"
_HEAD = "#!/bin/sh\nset -e\n"
_ROWS_HEAD = (
    "# Puts aws-auth back as it was before rows were taken out of it. kubectl refuses (Conflict) if anybody has\n"
    "# changed it since: put the rows back by hand then, from the file that is named here.\n"
)
_ENTRIES_HEAD = (
    "# Deletes the access entries that eks-registrar migrate made: whoever has a row in aws-auth gets in by it again.\n"
    f"# Run {ROWS_BACK} first if it is there, and wait half a minute. In mode API this shuts them out: there is no\n"
    "# way back from that mode, and aws-auth is read no more.\n"
)


@dataclass(frozen=True)
class WayBack:
    """A folder that holds the way back. Every method raises ``RegistrarError`` where it cannot be written."""

    folder: Path
    cluster: Cluster
    context: str | None = None

    def keep_body(self, aws_auth: Object) -> None:
        """Keep aws-auth as it is, under its version."""
        self._write(self._body_of(aws_auth), json.dumps(aws_auth, indent=2) + "\n")

    def entry_made(self, arn: str) -> None:
        """Note an entry that was made."""
        path = self.folder / ENTRIES_AWAY
        before = path.read_text(encoding="utf-8") if path.exists() else _HEAD + _ENTRIES_HEAD
        line = advice.delete_entry(self.cluster, arn)
        if line not in before.splitlines():
            self._write(path, f"{before}{line}\n")

    def rows_removed(self, before: Object, now: Object) -> None:
        """Keep what undoes a write to aws-auth: the body of before, under the version of now.

        So it replaces exactly what that write left, and never what somebody has written since.
        """
        path = self._body_of(before)
        version = now["metadata"]["resourceVersion"]
        undone = {**before, "metadata": {**before["metadata"], "resourceVersion": version}}
        self._write(path, json.dumps(undone, indent=2) + "\n")
        command = f'{advice.kubectl(self.context, "replace", "-f")} "$(dirname "$0")"/{shlex.quote(path.name)}'
        self._write(self.folder / ROWS_BACK, f"{_HEAD}{_ROWS_HEAD}{command}\n")

    def _body_of(self, aws_auth: Object) -> Path:
        return self.folder / f"aws-auth-{aws_auth['metadata']['resourceVersion']}.json"

    def _write(self, path: Path, text: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{path.name}.new")
            new.write_text(text, encoding="utf-8")
            new.replace(path)
        except OSError as error:
            raise RegistrarError(
                f"the way back cannot be kept in {self.folder} ({error}): nothing more was done. Choose another --keep"
            ) from error
