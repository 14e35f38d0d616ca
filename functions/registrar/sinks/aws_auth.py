"""The ConfigMap aws-auth of one cluster: read with its version, written under that version.

This is the cluster's front door. Text and checks are ``map_roles``; here are only the two requests. Before a write the
body that was read is handed to the history, which never hinders it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from registrar.eks.client import Kubernetes, NotFound, Object
from registrar.errors import AwsAuthMissing, AwsAuthUnreadable, RegistrarError, WriteWouldHarm
from registrar.held import Held, row_bytes
from registrar.marks import SESSION, Marks
from registrar.model import Principal, PrincipalRef, Role, Row
from registrar.sinks.conflicts import ForeignClaims
from registrar.sinks.keeping import Keeps, remember, what_follows
from registrar.sinks.kept import Record, fingerprint
from registrar.sinks.map_roles import ForeignRow, MapRoles, is_writable, read_map_roles, write_map_roles
from registrar.sinks.way_in import hidden, rows_with_the_group

PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


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

    @property
    def trouble(self) -> RegistrarError | None:
        """None: what cannot be read is not read at all."""
        return None

    def dead(self, roles: Iterable[Role]) -> tuple[str, ...]:  # noqa: ARG002 - the signature is Reading's
        """None: a row knows a role by its name only, and gives the next one of that name the same."""
        return ()

    def hidden(self, marks: Marks) -> tuple[str, ...]:
        """The rows that somebody gave the registrar's own group, in words."""
        return hidden(rows_with_the_group(self.map_roles.foreign, marks), "the row")

    def claims(self, roles: Iterable[Role]) -> dict[PrincipalRef, str]:
        """Of these roles those for which a foreign row speaks already, with the words that say so."""
        claims = ForeignClaims.of(self.map_roles.foreign)
        found = ((role.ref, claims.on(role.arn)) for role in roles)
        return {ref: _claim(row) for ref, row in found if row is not None}


def _claim(row: ForeignRow) -> str:
    kind = "a node's row" if row.is_for_nodes else "a row that is not ours"
    return f"{kind} of aws-auth speaks for this role already ({row.rolearn or 'sso'})"


@dataclass(frozen=True)
class AwsAuthConfigMap:
    """aws-auth of a real cluster. Without a ``history`` nothing is kept.

    ``beside_entries``: the cluster has access entries too, of which a write of rows knows nothing.
    """

    kubernetes: Kubernetes
    marks: Marks
    history: Keeps | None = None
    beside_entries: bool = False

    def read(self, *, whole: bool = False) -> AwsAuth:  # noqa: ARG002 - one object holds all rows
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
            done = "nobody was given anything more" if self.beside_entries else "no role was registered or removed"
            raise AwsAuthUnreadable(
                f"{where}: aws-auth was not touched, {done}: {error} "
                f"The authenticator may map no role at all by it, nodes included: repair it now."
            ) from error
        size = sum(len(str(value).encode()) for value in data.values())
        return AwsAuth(found["metadata"]["resourceVersion"], rows, size, data)

    def about(self, current: AwsAuth, principals: Iterable[Principal]) -> AwsAuth:  # noqa: ARG002 - see Place
        """The reading itself: it holds everybody's row."""
        return current

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Write our rows under the version that was read: all of them or none.

        A merge patch of this one key: everything else of the object, known to us or not, stays as it is. Raises
        ``WriteWouldHarm``, ``WriteConflict``, and what ``Kubernetes.request`` raises.
        """
        try:
            text = write_map_roles(current.map_roles, rows, self.marks)
        except WriteWouldHarm as error:
            raise WriteWouldHarm(f"cluster {self.kubernetes.cluster}: {error}") from error
        if text == current.map_roles.text:
            return {}
        self.remember(current, what_follows(current.map_roles.ours, rows))
        self.kubernetes.merge(
            PATH, {"metadata": {"resourceVersion": current.resource_version}, "data": {"mapRoles": text}}
        )
        return {}

    def remember(self, current: AwsAuth, before: str) -> None:
        """Keep a body in the history; ``before`` says in one line what is about to be written."""
        remember(self.history, self.kubernetes.cluster, lambda: self.record(current), before)

    def record(self, current: AwsAuth) -> Record:
        """A body as the history keeps it."""
        foreign = fingerprint(current.data, current.map_roles, self.marks)
        return Record(dict(current.data), current.resource_version, foreign, None if self.beside_entries else "")


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
