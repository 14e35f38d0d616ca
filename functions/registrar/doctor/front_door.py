"""aws-auth as it stands: there, readable by the authenticator's rules, and how near to its limit."""

from __future__ import annotations

from collections.abc import Iterator

from registrar.doctor.api import ApiServer
from registrar.doctor.finding import Finding, broken, doubt, well
from registrar.doctor.own_way_in import in_doubt, strangers
from registrar.errors import AwsAuthUnreadable, Unreachable
from registrar.held import MOST_BYTES, MOST_ROWS
from registrar.marks import Marks
from registrar.model import PrincipalRef
from registrar.sinks.aws_auth import PATH
from registrar.sinks.map_roles import MapRoles, read_map_roles
from registrar.sinks.way_in import rows_with_the_group

_WARNED = 0.8


def front_door(server: ApiServer, marks: Marks, own: PrincipalRef | None, *, needed: bool) -> Iterator[Finding]:
    """One read of aws-auth. ``own`` is the function's role if that is known.

    Not ``needed``: access is written as access entries, so there may be none.
    """
    where, what = f"cluster {server.cluster}", "aws-auth"
    answer = server.ask("GET", PATH)
    if answer.status == 404 and not needed:
        yield well(where, what, "there is none, and the registrar writes access entries")
        return
    if answer.status == 404:
        detail = "kube-system has no ConfigMap aws-auth, and the registrar never creates it"
        remedy = "if no node needs one yet: eks-registrar manifests --create-aws-auth, for an admin to apply"
        yield broken(where, what, detail, remedy)
        return
    if answer.status != 200:
        raise Unreachable(f"GET {PATH}: {answer.status} {answer.message}")
    data = answer.body.get("data") or {}
    try:
        rows = read_map_roles(data.get("mapRoles"), marks)
    except AwsAuthUnreadable as error:
        yield broken(where, what, f"mapRoles cannot be read: {error}", "repair it now: it may map no role at all")
        return
    yield _room(where, what, rows, sum(len(str(value).encode()) for value in data.values()))
    others = strangers(rows_with_the_group(rows.foreign, marks), own)
    if others:
        yield in_doubt(where, "rows with the registrar's group", others, "a row", own)


def _room(where: str, what: str, rows: MapRoles, size: int) -> Finding:
    detail = f"{len(rows.ours)} rows of ours, {len(rows.foreign)} of others, {size:,} bytes"
    limits = f"; grants stop at {MOST_BYTES:,} bytes or {MOST_ROWS:,} rows of ours"
    if size >= MOST_BYTES or len(rows.ours) >= MOST_ROWS:
        return broken(where, what, detail + limits, "take out what is not needed; removals go on")
    if size >= _WARNED * MOST_BYTES or len(rows.ours) >= _WARNED * MOST_ROWS:
        return doubt(where, what, detail + limits, "take out what is not needed, before grants stop")
    return well(where, what, detail)
