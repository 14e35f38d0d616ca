"""What is written beside a kept body of aws-auth, and by what two bodies count as the same. Pure.

metadata.annotations[<installation>/kept]   {"number": 12, "time": "2026-11-24T03:00:00Z", "cluster": "prod", …}
data                                        the ``data`` of aws-auth, every key as it was read; and the access entries
                                            of the cluster, where they are read (``entry_record``)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from registrar.errors import WriteWouldHarm
from registrar.marks import Marks
from registrar.sinks.map_roles import MapRoles
from registrar.sinks.map_roles_edit import cut_ours, without_break

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Record:
    """What stands in a cluster, as the history may keep it.

    ``data`` is that of aws-auth, every key as text, and of access entries; ``version`` the resourceVersion of aws-auth,
    empty without one. ``aws_auth`` and ``entries`` are fingerprints of all that is not ours in either; empty where
    there is none, and ``None`` where entries are there and nobody has read them.
    """

    data: Mapping[str, str] = field(repr=False)
    version: str = ""
    aws_auth: str = ""
    entries: str | None = ""

    @property
    def foreign(self) -> str:
        """The fingerprint of both; that of aws-auth alone where no entries are known."""
        return f"{self.aws_auth}:{self.entries}" if self.entries else self.aws_auth

    def differs_from(self, foreign: str) -> bool:
        """Whether anything that is not ours differs from what was kept with that fingerprint, as far as is known."""
        known = foreign.partition(":")[0] if self.entries is None else foreign
        return self.foreign != known

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(len(value.encode()) for value in self.data.values())


@dataclass(frozen=True)
class Kept:
    """What a kept body is.

    ``number`` counts up by one with each body, ``time`` is when it was read (UTC, whole seconds), ``cluster`` the tag
    of the cluster whose aws-auth it was, ``before`` what was about to be written over it, ``foreign`` the fingerprint
    of all that is not ours in it (``Record.foreign``), ``resource_version`` the version of aws-auth that it was.
    """

    number: int
    time: str
    cluster: str
    before: str
    foreign: str
    resource_version: str

    def as_annotation(self) -> str:
        """The text that ``read_kept`` reads."""
        return json.dumps(asdict(self))


def read_kept(annotation: object) -> Kept | None:
    """The content of the annotation; ``None`` where there is none, or none that we wrote."""
    if not isinstance(annotation, str):
        return None
    try:
        told = json.loads(annotation)
        kept = Kept(**told)
        datetime.strptime(kept.time, _TIME).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None
    texts = (kept.cluster, kept.before, kept.foreign, kept.resource_version)
    is_number = isinstance(kept.number, int) and not isinstance(kept.number, bool)
    return kept if is_number and all(isinstance(one, str) for one in texts) else None


def time_text(now: datetime) -> str:
    """A time as ``Kept`` has it."""
    return now.astimezone(UTC).strftime(_TIME)


def fingerprint(data: Mapping[str, str], map_roles: MapRoles, marks: Marks) -> str:
    """The first 32 hex digits of the SHA-256 of all keys of aws-auth, of ``mapRoles`` without our rows.

    Two bodies with the same fingerprint differ in our rows at most. Where our rows cannot be told from what stands
    around them, the whole text counts.
    """
    try:
        foreign = without_break(cut_ours(map_roles.text or "", map_roles.body, marks))
    except WriteWouldHarm:
        foreign = map_roles.text or ""
    canonical = json.dumps({**data, "mapRoles": foreign}, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
