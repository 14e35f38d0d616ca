"""Would what stands in the cluster be kept before the next write?"""

from __future__ import annotations

from registrar.doctor.api import ApiServer
from registrar.doctor.finding import Finding, broken, well
from registrar.errors import Unreachable
from registrar.rights.rbac import kept_annotation
from registrar.sinks.history import NEWEST
from registrar.sinks.kept import read_kept


def kept_bodies(server: ApiServer, installation: str) -> Finding:
    """What is kept, and a note on it as a dry run: the same that it has, so that no harm is done if it were none."""
    where, what, key = f"cluster {server.cluster}", "history", kept_annotation(installation)
    path = f"/api/v1/namespaces/{installation}/configmaps/{NEWEST}"
    remedy = f"as an admin: eks-registrar manifests --cluster {server.cluster} | kubectl apply -f -"
    found = server.ask("GET", path)
    if found.status in (403, 404):
        return broken(where, what, f"nothing is kept: {found.status} {found.message}", remedy)
    if found.status != 200:
        raise Unreachable(f"GET {path}: {found.status} {found.message}")
    note = (found.body["metadata"].get("annotations") or {}).get(key) or ""
    tried = server.ask("PATCH", path, {"metadata": {"annotations": {key: note}}}, dry_run=True)
    if tried.status != 200:
        return broken(where, what, f"nothing would be kept: {tried.status} {tried.message}", remedy)
    kept = read_kept(note)
    told = "nothing is kept yet" if kept is None else f"the newest is body {kept.number}, read at {kept.time}"
    return well(where, what, f"a body (a dry run) can be kept; {told}")
