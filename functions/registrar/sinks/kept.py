"""What is written beside a kept body of aws-auth, and by what two bodies count as the same. Pure.

metadata.annotations[<installation>/kept]   {"number": 12, "time": "2026-11-24T03:00:00Z", "cluster": "prod", …}
data                                        the ``data`` of aws-auth, every key as it was read
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from registrar.errors import WriteWouldHarm
from registrar.marks import Marks
from registrar.sinks.map_roles import MapRoles
from registrar.sinks.map_roles_edit import cut_ours, without_break

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Kept:
    """What a kept body is.

    ``number`` counts up by one with each body, ``time`` is when it was read (UTC, whole seconds), ``cluster`` the tag
    of the cluster whose aws-auth it was, ``before`` what was about to be written over it, ``foreign`` the fingerprint
    of all that is not ours in it, ``resource_version`` the version of aws-auth that it was.
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
