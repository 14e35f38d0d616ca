"""The ConfigMap aws-auth of one cluster: read with its version, written under that version.

This is the cluster's front door. Text and checks are ``map_roles``; here are only the two requests. Before a write the
body that was read is handed to the history, which never hinders it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from registrar.eks.client import Kubernetes, NotFound, Object
from registrar.errors import AwsAuthMissing, AwsAuthUnreadable, WriteWouldHarm
from registrar.held import Held, row_bytes
from registrar.marks import SESSION, Marks
from registrar.model import PrincipalRef, Role, Row
from registrar.sinks.conflicts import ForeignClaims
from registrar.sinks.map_roles import ForeignRow, MapRoles, is_writable, read_map_roles, write_map_roles

PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"

_NAMED = 3


@dataclass(frozen=True)
class AwsAuth:
    """aws-auth as it was read: its version, its rows, the size of all its values in bytes, and all its keys as text."""

    resource_version: str
    map_roles: MapRoles
    data_bytes: int
    data: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def held(self) -> Held:
        """Our rows as a plan may carry them on, without what somebody else wrote into them (see ``_carried``)."""
        ours = self.map_roles.ours
        carried = tuple(row for found in ours if (row := _carried(found)) is not None)
        foreign = max(0, self.data_bytes - sum(map(row_bytes, ours)))
        canonical = self.map_roles.our_form_is_canonical and carried == ours
        theirs = frozenset(group for row in self.map_roles.foreign for group in row.groups)
        return Held(carried, canonical, foreign, theirs)

    def claims(self, roles: Iterable[Role]) -> dict[PrincipalRef, str]:
        """Of these roles those for which a foreign row speaks already, with the words that say so."""
        claims = ForeignClaims.of(self.map_roles.foreign)
        found = ((role.ref, claims.on(role.arn)) for role in roles)
        return {ref: _claim(row) for ref, row in found if row is not None}


def _claim(row: ForeignRow) -> str:
    nodes = any(g.startswith("system:node") or g == "system:bootstrappers" for g in row.groups)
    kind = "a node's row" if nodes else "a row that is not ours"
    return f"{kind} of aws-auth speaks for this role already ({row.rolearn or 'sso'})"


class MapsRoles(Protocol):
    """Where rows are kept: aws-auth, or a double of it with the API server's rules."""

    def read(self) -> AwsAuth:
        """The rows as they are now, with their version."""

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """Make ``rows`` all of ours, if nothing has changed since ``current``; else ``WriteConflict``."""


class Keeps(Protocol):
    """Where bodies of aws-auth are kept."""

    def keep(self, current: AwsAuth, before: str) -> str | None:
        """Keep a body that is about to be written over; ``before`` says in one line what is written.

        Never raises a ``RegistrarError``: returns why the body is not kept, ``None`` if all is well.
        """


@dataclass(frozen=True)
class AwsAuthConfigMap:
    """aws-auth of a real cluster. Without a ``history`` nothing is kept."""

    kubernetes: Kubernetes
    marks: Marks
    history: Keeps | None = None

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
            rows = read_map_roles(data.get("mapRoles"), self.marks)
        except AwsAuthUnreadable as error:
            raise AwsAuthUnreadable(
                f"{where}: aws-auth was not touched, no role was registered or removed: {error} "
                f"The authenticator may map no role at all by it, nodes included: repair it now."
            ) from error
        size = sum(len(str(value).encode()) for value in data.values())
        return AwsAuth(found["metadata"]["resourceVersion"], rows, size, data)

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """Write our rows under the version that was read.

        A merge patch of this one key: everything else of the object, known to us or not, stays as it is. Raises
        ``WriteWouldHarm``, ``WriteConflict``, and what ``Kubernetes.request`` raises.
        """
        try:
            text = write_map_roles(current.map_roles, rows, self.marks)
        except WriteWouldHarm as error:
            raise WriteWouldHarm(f"cluster {self.kubernetes.cluster}: {error}") from error
        if text == current.map_roles.text:
            return
        self.remember(current, what_follows(current.map_roles.ours, rows))
        self.kubernetes.merge(
            PATH, {"metadata": {"resourceVersion": current.resource_version}, "data": {"mapRoles": text}}
        )

    def remember(self, current: AwsAuth, before: str) -> None:
        """Keep a body in the history; ``before`` says in one line what is about to be written.

        One that cannot be kept hinders no write, least of all a removal; the log says so, and ``doctor`` why.
        """
        warning = self.history.keep(current, before) if self.history else None
        if warning is not None:
            # Below the logger of the function (handler.py), whose handler writes it as JSON; on stderr otherwise.
            logging.getLogger("eks-registrar.history").warning(warning, extra={"cluster": self.kubernetes.cluster})


def what_follows(before: Sequence[Row], after: Sequence[Row]) -> str:
    """A write in one line: ``adds alice, bob; changes carol; removes dave, erin, frank and 12 more``."""
    old, new = {row.arn: row for row in before}, {row.arn: row for row in after}
    told = (
        ("adds", [arn for arn in new if arn not in old]),
        ("changes", [arn for arn in new if arn in old and new[arn] != old[arn]]),
        ("removes", [arn for arn in old if arn not in new]),
    )
    parts = [f"{verb} {_named(arns)}" for verb, arns in told if arns]
    return "; ".join(parts) or "puts our rows into their form"


def _named(arns: Sequence[str]) -> str:
    shown = ", ".join(arn.rpartition("/")[2][:64] for arn in arns[:_NAMED])
    return shown + (f" and {len(arns) - _NAMED} more" if len(arns) > _NAMED else "")


def _carried(row: Row) -> Row | None:
    """A row of ours without the groups that we could never have written; ``None`` if nothing of it is left.

    Somebody who edits a row of ours (a brace in a group is a template to the authenticator) must not stop every later
    write, nor be carried on by it. Nor is one carried on that they pointed at another role: nobody has asked IAM about
    that one. What the principal should really have is judged by its next event, or the sweep.
    """
    _, _, whom = row.arn.partition("::")
    if not row.username.endswith(f":{whom}:{SESSION}"):
        return None
    groups = tuple(group for group in row.groups if is_writable(replace(row, groups=(group,))))
    return replace(row, groups=groups) if groups else None
