"""Doubles of the registrar's own protocols (``Place``, ``Bindings``, ``Principals``), to be set by a test.

They are for tests of what stands above the clients. Where the requests themselves matter, the real sinks and sources
run over ``ApiServer`` and ``Account``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from registrar.errors import RegistrarError, Retry, WriteConflict
from registrar.marks import Marks, binding_of
from registrar.model import Binding, BindingState, Gone, Principal, PrincipalRef, RbacView, Role, Row
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from registrar.sinks.place import Place, Reading
from registrar.sources.iam import AccountReading, PartOfAccount, WholeAccount

MARKS = Marks("eks-registrar")
NODE_ROW = "- rolearn: arn:aws:iam::123456789012:role/node\n  username: system:node:x\n  groups: [system:nodes]\n"


@dataclass
class Rows:
    """aws-auth of one cluster; ``broken`` is raised by every read."""

    text: str | None = NODE_ROW
    version: int = 1
    reads: int = 0
    writes: int = 0
    broken: RegistrarError | None = None

    def read(self, *, whole: bool = False) -> AwsAuth:  # noqa: ARG002 - the signature is that of Place
        """The body with its version."""
        self.reads += 1
        if self.broken is not None:
            raise self.broken
        return AwsAuth(str(self.version), read_map_roles(self.text, MARKS), len(self.text or ""))

    def about(self, current: AwsAuth, principals: Iterable[Principal]) -> AwsAuth:  # noqa: ARG002 - as above
        """The body: it holds everybody's row."""
        return current

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """A write under the version that was read."""
        if current.resource_version != str(self.version):
            raise WriteConflict("409")
        self.writes += 1
        self.text, self.version = write_map_roles(current.map_roles, rows, MARKS), self.version + 1
        return {}


@dataclass(frozen=True)
class PlaceBehind:
    """A place behind this one, which everything is passed on to: a test says what differs."""

    place: Place

    def read(self, *, whole: bool = False) -> Reading:
        """As it was."""
        return self.place.read(whole=whole)

    def about(self, current: Any, principals: Iterable[Principal]) -> Reading:
        """As it was."""
        return self.place.about(current, principals)

    def write(self, current: Any, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """As it was."""
        return self.place.write(current, rows)


@dataclass
class Bindings:
    """The bindings of one cluster, by group."""

    there: set[str] = field(default_factory=set)

    def read(self, groups: Iterable[str]) -> RbacView:
        """Which of them are there."""
        right, absent = (BindingState.RIGHT, ("u", "1")), (BindingState.ABSENT, None)
        return RbacView({group: right if group in self.there else absent for group in groups})

    def survey(self, groups: Iterable[str]) -> RbacView:
        """All of them."""
        return replace(self.read({*groups, *self.there}), whole=True)

    def stand(self, groups: Iterable[str]) -> bool:
        """Whether all of ours are there."""
        return {group for group in groups if binding_of(group, MARKS) is not None} <= self.there

    def make(self, binding: Binding, view: RbacView) -> None:  # noqa: ARG002 - the signature is that of Bindings
        """Create one."""
        self.there.add(binding.group)

    def drop(self, binding: Binding, view: RbacView) -> None:  # noqa: ARG002 - the signature is that of Bindings
        """Delete one."""
        self.there.discard(binding.group)


@dataclass
class Iam:
    """An IAM that knows these roles; ``fails`` names what reading a role raises."""

    roles: dict[PrincipalRef, Role] = field(default_factory=dict)
    fails: dict[PrincipalRef, RegistrarError] = field(default_factory=dict)

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """The role as it is now."""
        if ref in self.fails:
            raise self.fails[ref]
        return self.roles.get(ref, Gone(ref))

    def read_account(self, account: str) -> AccountReading:
        """All roles of the account, or the failure of one of them."""
        mine = {ref: one for ref, one in self.roles.items() if ref.account == account}
        failed = [error for error in self.fails.values() if isinstance(error, Retry)]
        return PartOfAccount(account, len(mine), failed[0]) if failed else WholeAccount(account, mine)
