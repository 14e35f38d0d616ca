"""The registrar with one of its precautions left out: what the walk through every order must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lab.memory.stores import PlaceBehind
from registrar.errors import RegistrarError
from registrar.model import Gone, PrincipalKind, PrincipalRef, Role, Row
from registrar.policy import Cluster
from registrar.service import Registrar
from registrar.sinks.aws_auth import AwsAuth, AwsAuthConfigMap
from registrar.sinks.history import HistoryConfigMaps
from registrar.sinks.place import Place, Reading
from registrar.situation import ClusterAccess
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
class RowsReadAfterIam(PlaceBehind):
    """aws-auth that is read behind IAM."""

    iam: IamReadBefore

    def read(self, *, whole: bool = False) -> Reading:
        """IAM first."""
        self.iam.look_ahead()
        return self.place.read(whole=whole)


class RowsUnderAnyVersion(PlaceBehind):
    """aws-auth that is written under whatever version it has by then."""

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """The text that was made for another version."""
        now = self.place.read()
        assert isinstance(now, AwsAuth)
        return self.place.write(replace(current, resource_version=now.resource_version), rows)


@dataclass(frozen=True)
class RowsReadOnce(PlaceBehind):
    """aws-auth that after a write answers a read by what it has just been told: nobody looks a second time."""

    written: list[AwsAuth] = field(default_factory=list)

    def read(self, *, whole: bool = False) -> Reading:
        """The body that was written, once; else the real one."""
        return self.written.pop() if self.written else self.place.read(whole=whole)

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Write, and believe it."""
        refused = self.place.write(current, rows)
        ours = replace(current.map_roles, ours=tuple(rows))
        self.written[:] = [replace(current, map_roles=ours)]
        return refused


def reads_iam_before_aws_auth(registrar: Registrar) -> Registrar:
    """The order of the reads turned round."""
    iam = IamReadBefore(registrar.principals)
    return with_rows(replace(registrar, principals=iam), lambda rows: RowsReadAfterIam(rows, iam))


def writes_under_any_version(registrar: Registrar) -> Registrar:
    """No optimistic locking."""
    return with_rows(registrar, RowsUnderAnyVersion)


def does_not_look_again_after_a_drop(registrar: Registrar) -> Registrar:
    """A binding is dropped, and nobody looks whether another run has begun to use it."""
    return with_rows(registrar, RowsReadOnce)


def keeps_history(registrar: Registrar) -> Registrar:
    """No precaution left out: the registrar as the function has it, with the history of aws-auth."""

    def kept(rows: Place) -> Place:
        assert isinstance(rows, AwsAuthConfigMap)
        return replace(rows, history=HistoryConfigMaps(rows.kubernetes, rows.marks, registrar.runtime.now))

    return with_rows(registrar, kept)


def with_rows(registrar: Registrar, wrapped: Callable[[Place], Place]) -> Registrar:
    """The registrar with another place in the place of its own."""

    def opened(cluster: Cluster) -> ClusterAccess:
        access = registrar.open_cluster(cluster)
        return replace(access, rows=wrapped(access.rows))

    return replace(registrar, open_cluster=opened)
