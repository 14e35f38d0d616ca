"""The ConfigMap aws-auth of one cluster: read with its version, written under that version.

This is the cluster's front door. Text and checks are ``map_roles``; here are only the two requests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from registrar.eks.client import Kubernetes, NotFound, Object
from registrar.errors import AwsAuthMissing, AwsAuthUnreadable, WriteWouldHarm
from registrar.model import Role, Row
from registrar.plan import Held, row_bytes
from registrar.sinks.map_roles import MapRoles, is_writable, matches_foreign, read_map_roles, write_map_roles

PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


@dataclass(frozen=True)
class AwsAuth:
    """aws-auth as it was read: its version, its rows, and the size of all its values in bytes."""

    resource_version: str
    map_roles: MapRoles
    data_bytes: int

    @property
    def held(self) -> Held:
        """Our rows as a plan may carry them on, without what somebody else wrote into them (see ``_carried``)."""
        ours = self.map_roles.ours
        carried = tuple(row for found in ours if (row := _carried(found)) is not None)
        foreign = max(0, self.data_bytes - sum(map(row_bytes, ours)))
        canonical = self.map_roles.our_form_is_canonical and carried == ours
        theirs = frozenset(group for row in self.map_roles.foreign for group in row.groups)
        return Held(carried, canonical, foreign, theirs)

    def claimed_by(self, role: Role) -> str | None:
        """Why a foreign row speaks for this role already; ``None`` if none does."""
        for row in self.map_roles.foreign:
            if matches_foreign(role.arn, row):
                nodes = any(g.startswith("system:node") or g == "system:bootstrappers" for g in row.groups)
                kind = "a node's row" if nodes else "a row that is not ours"
                return f"{kind} of aws-auth speaks for this role already ({row.rolearn or 'sso'})"
        return None


class MapsRoles(Protocol):
    """Where rows are kept: aws-auth, or a double of it with the API server's rules."""

    def read(self) -> AwsAuth:
        """The rows as they are now, with their version."""

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """Make ``rows`` all of ours, if nothing has changed since ``current``; else ``WriteConflict``."""


@dataclass(frozen=True)
class AwsAuthConfigMap:
    """aws-auth of a real cluster."""

    kubernetes: Kubernetes
    installation: str

    def read(self) -> AwsAuth:
        """Read aws-auth.

        Raises ``AwsAuthMissing``, ``AwsAuthUnreadable``, and what ``Kubernetes.request`` raises.
        """
        where = f"cluster {self.kubernetes.cluster}"
        try:
            found = self.kubernetes.get(PATH)
        except NotFound as error:
            raise AwsAuthMissing(
                f"{where}: kube-system has no ConfigMap aws-auth, and the registrar never creates it. No role was "
                f"registered. If no node needs one yet: eks-registrar manifests --create-aws-auth"
            ) from error
        data: Object = found.get("data") or {}
        try:
            rows = read_map_roles(data.get("mapRoles"), self.installation)
        except AwsAuthUnreadable as error:
            raise AwsAuthUnreadable(
                f"{where}: aws-auth was not touched, no role was registered or removed: {error} "
                f"The authenticator may map no role at all by it, nodes included: repair it now."
            ) from error
        size = sum(len(str(value).encode()) for value in data.values())
        return AwsAuth(found["metadata"]["resourceVersion"], rows, size)

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """Write our rows under the version that was read.

        A merge patch of this one key: everything else of the object, known to us or not, stays as it is. Raises
        ``WriteWouldHarm``, ``WriteConflict``, and what ``Kubernetes.request`` raises.
        """
        try:
            text = write_map_roles(current.map_roles, rows, self.installation)
        except WriteWouldHarm as error:
            raise WriteWouldHarm(f"cluster {self.kubernetes.cluster}: {error}") from error
        if text == current.map_roles.text:
            return
        self.kubernetes.merge(
            PATH, {"metadata": {"resourceVersion": current.resource_version}, "data": {"mapRoles": text}}
        )


def _carried(row: Row) -> Row | None:
    """A row of ours without the groups that we could never have written; ``None`` if nothing of it is left.

    Somebody who edits a row of ours (a brace in a group is a template to the authenticator) must not stop every later
    write, nor be carried on by it. What the principal should really have is judged by its next event, or the sweep.
    """
    groups = tuple(group for group in row.groups if is_writable(replace(row, groups=(group,))))
    return replace(row, groups=groups) if groups else None
