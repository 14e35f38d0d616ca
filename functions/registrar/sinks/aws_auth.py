"""The ConfigMap aws-auth of one cluster: read with its version, written under that version.

This is the cluster's front door. Text and checks are ``map_roles``; here are only the two requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from registrar.eks.client import Kubernetes, NotFound, Object
from registrar.errors import AwsAuthMissing, AwsAuthUnreadable, WriteWouldHarm
from registrar.model import Role, Row
from registrar.plan import Held, row_bytes
from registrar.sinks.map_roles import MapRoles, matches_foreign, read_map_roles, write_map_roles

PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


@dataclass(frozen=True)
class AwsAuth:
    """aws-auth as it was read: its version, its rows, and the size of all its values in bytes."""

    resource_version: str
    map_roles: MapRoles
    data_bytes: int

    @property
    def held(self) -> Held:
        """Our rows, for the plan."""
        ours = self.map_roles.ours
        foreign = max(0, self.data_bytes - sum(map(row_bytes, ours)))
        return Held(ours, self.map_roles.our_form_is_canonical, foreign)

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
