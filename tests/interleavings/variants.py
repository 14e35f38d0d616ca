"""The registrar with one of its precautions left out: what the walk through every order must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from registrar.model import Gone, PrincipalKind, PrincipalRef, Role, Row
from registrar.policy import Cluster
from registrar.reconcile import ClusterAccess
from registrar.service import Registrar
from registrar.sinks.aws_auth import AwsAuth, AwsAuthConfigMap, MapsRoles
from registrar.sinks.history import HistoryConfigMaps
from registrar.sources.iam import AccountReading, Principals
from tests.interleavings.registrar_actors import ACCOUNT

WHO = tuple(PrincipalRef(ACCOUNT, PrincipalKind.ROLE, name) for name in ("alice", "bob"))


@dataclass(frozen=True)
class IamReadBefore:
    """IAM that is asked before each reading of aws-auth, and answers by that afterwards."""

    principals: Principals
    ahead: dict[PrincipalRef, Role | Gone] = field(default_factory=dict)

    def look_ahead(self) -> None:
        """Ask now."""
        self.ahead.update({ref: self.principals.read(ref) for ref in WHO})

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """What was answered then; a second time what is answered now."""
        return self.ahead.pop(ref) if ref in self.ahead else self.principals.read(ref)

    def read_account(self, account: str) -> AccountReading:
        """The sweep is as it was."""
        return self.principals.read_account(account)


@dataclass(frozen=True)
class RowsReadAfterIam:
    """aws-auth that is read behind IAM."""

    rows: MapsRoles
    iam: IamReadBefore

    def read(self) -> AwsAuth:
        """IAM first."""
        self.iam.look_ahead()
        return self.rows.read()

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """As it was."""
        self.rows.write(current, rows)


@dataclass(frozen=True)
class RowsUnderAnyVersion:
    """aws-auth that is written under whatever version it has by then."""

    rows: MapsRoles

    def read(self) -> AwsAuth:
        """As it was."""
        return self.rows.read()

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """The text that was made for another version."""
        self.rows.write(replace(current, resource_version=self.rows.read().resource_version), rows)


@dataclass
class RowsReadOnce:
    """aws-auth that after a write answers a read by what it has just been told: nobody looks a second time."""

    rows: MapsRoles
    written: AwsAuth | None = None

    def read(self) -> AwsAuth:
        """The body that was written, once; else the real one."""
        seen, self.written = self.written, None
        return seen or self.rows.read()

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """Write, and believe it."""
        self.rows.write(current, rows)
        ours = replace(current.map_roles, ours=tuple(rows))
        self.written = replace(current, map_roles=ours)


def reads_iam_before_aws_auth(registrar: Registrar) -> Registrar:
    """The order of the reads turned round."""
    iam = IamReadBefore(registrar.principals)
    return _with_rows(replace(registrar, principals=iam), lambda rows: RowsReadAfterIam(rows, iam))


def writes_under_any_version(registrar: Registrar) -> Registrar:
    """No optimistic locking."""
    return _with_rows(registrar, RowsUnderAnyVersion)


def does_not_look_again_after_a_drop(registrar: Registrar) -> Registrar:
    """A binding is dropped, and nobody looks whether another run has begun to use it."""
    return _with_rows(registrar, RowsReadOnce)


def keeps_history(registrar: Registrar) -> Registrar:
    """No precaution left out: the registrar as the function has it, with the history of aws-auth."""

    def kept(rows: MapsRoles) -> MapsRoles:
        assert isinstance(rows, AwsAuthConfigMap)
        return replace(rows, history=HistoryConfigMaps(rows.kubernetes, rows.marks, registrar.runtime.now))

    return _with_rows(registrar, kept)


def _with_rows(registrar: Registrar, wrapped: Callable[[MapsRoles], MapsRoles]) -> Registrar:
    def opened(cluster: Cluster) -> ClusterAccess:
        access = registrar.open_cluster(cluster)
        return replace(access, rows=wrapped(access.rows))

    return replace(registrar, open_cluster=opened)
