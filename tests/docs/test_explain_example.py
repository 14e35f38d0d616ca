"""The README's example of ``eks-registrar explain`` is what the code prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pages import ROOT, blocks, page

from registrar import configuration
from registrar.errors import RegistrarError
from registrar.explain import explain, ref_of_arn
from registrar.marks import Marks, row_for
from registrar.model import Binding, BindingState, Gone, Principal, PrincipalRef, RbacView, Role, Row
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from registrar.situation import ClusterAccess

MARKS = Marks("eks-registrar")

ARN = "arn:aws:iam::123456789012:role/dev/alice"
INSTALLATION = "eks-registrar"
GROUP = "eks-registrar:edit@payments"


@dataclass(frozen=True)
class OneRole:
    """IAM with one role."""

    role: Role

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """That role, or nothing."""
        return self.role if ref == self.role.ref else Gone(ref)


@dataclass(frozen=True)
class OneRow:
    """aws-auth with the row of one role; it is only looked at."""

    row: Row

    def read(self, *, whole: bool = False) -> AwsAuth:  # noqa: ARG002 - the signature is that of Place
        """The row in the form in which the registrar writes it."""
        text = write_map_roles(read_map_roles("", MARKS), [self.row], MARKS) or ""
        return AwsAuth("1", read_map_roles(text, MARKS), len(text))

    def about(self, current: AwsAuth, principals: Iterable[Principal]) -> AwsAuth:  # noqa: ARG002 - as above
        """The reading itself."""
        return current

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """Explaining writes nothing."""
        raise AssertionError(current, rows)


class AllBindings:
    """RBAC in which every binding is there; it is only looked at."""

    def read(self, groups: Iterable[str]) -> RbacView:
        """Each of them, as it should be."""
        return RbacView(dict.fromkeys(groups, (BindingState.RIGHT, ("uid", "1"))))

    def make(self, binding: Binding, view: RbacView) -> None:
        """Explaining writes nothing."""
        raise AssertionError(binding, view)

    def drop(self, binding: Binding, view: RbacView) -> None:
        """Explaining writes nothing."""
        raise AssertionError(binding, view)


def test_the_readme_shows_what_explain_prints() -> None:
    """The same role, tag and policy give the lines of the README, word for word."""
    policy = configuration.load(ROOT / "registrar.yaml")
    ref = ref_of_arn(ARN)
    assert ref is not None
    tags = (("eks-registrar/prod", "edit@payments edit@kube-system"),)
    role = Role(ref, ARN, "AROAEXAMPLE", "/dev/", datetime(2026, 1, 1, tzinfo=UTC), tags)
    cluster = policy.cluster("prod")
    access = ClusterAccess(cluster, OneRow(row_for(role, (GROUP,), INSTALLATION)), AllBindings())
    lines = explain(ref, policy, (cluster,), lambda _: access, OneRole(role))
    shown = blocks(page("README.md"), "")
    assert "\n".join(lines) + "\n" in shown
