"""A foreign row of aws-auth replaced by ours: one write, under the version that was read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from registrar.adoption.doors import Doors
from registrar.adoption.kept import WayBack, back_to_row, keep
from registrar.adoption.model import Candidate
from registrar.adoption.row_text import cut_rows
from registrar.adoption.survey import of_rows
from registrar.errors import RegistrarError, WriteConflict
from registrar.marks import owner_of
from registrar.model import Row
from registrar.rights.rbac import HISTORY, kept_annotation
from registrar.sinks.aws_auth import PATH, AwsAuth
from registrar.sinks.conflicts import ForeignClaims
from registrar.sinks.kept import fingerprint, read_kept
from registrar.sinks.map_roles import write_map_roles


def change_row(doors: Doors, candidate: Candidate, folder: Path, now: Callable[[], datetime]) -> WayBack:
    """Replace the row (and those before it for the same ARN) by ours; every other byte stays.

    Raises ``WriteConflict`` if it is not the row any more that was looked at, ``WriteWouldHarm``, ``RegistrarError`` if
    what stands cannot be kept, and what ``Kubernetes.request`` raises. Nothing was written then.
    """
    assert doors.rows is not None
    assert doors.kubernetes is not None
    assert candidate.after is not None
    current = doors.rows.read()
    text, cut = replaced(current, candidate, candidate.after, doors)
    number = _keep_body(doors, current, candidate)
    more = {"row": cut, "resourceVersion": current.resource_version, "mapRoles": current.map_roles.text}
    path = keep(folder, doors.cluster, candidate.standing, more, now())
    patch = {"metadata": {"resourceVersion": current.resource_version}, "data": {"mapRoles": text}}
    try:
        doors.kubernetes.merge(PATH, patch)
    except WriteConflict:
        path.unlink()
        raise
    return back_to_row(path, number, doors.cluster)


def replaced(current: AwsAuth, candidate: Candidate, after: Row, doors: Doors) -> tuple[str, str]:
    """The new text of ``mapRoles``, and the text of the row that is not in it any more."""
    standing = candidate.standing
    if standing not in of_rows(current.map_roles):
        raise WriteConflict("the row has changed since it was looked at")
    mine = [row for row in current.map_roles.foreign if (row.rolearn or "").casefold() == standing.arn.casefold()]
    rest, cut = cut_rows(current.map_roles, mine, doors.marks)
    if candidate.role is not None and ForeignClaims.of(rest.foreign).on(candidate.role.arn) is not None:
        raise WriteConflict("another row for the same role has come since it was looked at")
    others = [
        row for row in current.held.ours if owner_of(row.username, doors.marks) != owner_of(after.username, doors.marks)
    ]
    text = write_map_roles(rest, [*others, after], doors.marks)
    if text is None:
        raise RegistrarError(f"cluster {doors.cluster.tag}: no text to write; nothing was changed")
    return text, cut


def _keep_body(doors: Doors, current: AwsAuth, candidate: Candidate) -> int | None:
    """Keep the body in the registrar's history; its number, or ``None`` where it could not be kept."""
    assert doors.rows is not None
    assert doors.kubernetes is not None
    doors.rows.remember(current, f"adopts {candidate.standing.arn.rpartition('/')[2][:64]}")
    try:
        metadata = doors.kubernetes.get_metadata(
            f"/api/v1/namespaces/{doors.marks.installation}/configmaps/{HISTORY[0]}"
        )
    except RegistrarError:  # the log has said why; the caller's file holds the body as well
        return None
    found = read_kept((metadata.get("annotations") or {}).get(kept_annotation(doors.marks.installation)))
    same = found is not None and found.foreign == fingerprint(current.data, current.map_roles, doors.marks)
    return found.number if found is not None and same else None
