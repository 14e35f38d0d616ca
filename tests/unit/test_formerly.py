"""A new name for the installation: what carries a former one is ours, and nobody loses access on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from registrar.configuration import parse
from registrar.errors import DeniedByAdmission, DeniedByRbac, RegistrarError
from registrar.marks import Marks, binding_of, owner_of, row_for, username_of
from registrar.model import Binding, PrincipalRef, RbacView, Row
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.unit.memory import NODE_ROW, Bindings, Rows, World
from tests.unit.samples import ACCOUNT, asks, grant, ref, role

OLD, NEW = "eks-registrar", "access-bot"
MARKS = Marks(NEW, (OLD,))
CONFIGURATION = f"""
installation: {NEW}
formerly: [{OLD}]
tagPrefix: eks-registrar
clusters:
- {{name: prod, account: "{ACCOUNT}", region: eu-west-1, mode: enforce}}
rules:
- {{name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*"]}}
"""
SWEEP = {"registrar": "sweep", "account": ACCOUNT}


@dataclass
class Renamed(Rows):
    """aws-auth as the renamed installation reads it; it notes every body that it held."""

    held: list[str] = field(default_factory=list)

    def read(self, *, whole: bool = False) -> AwsAuth:  # noqa: ARG002 - the signature is that of Place
        """The body with its version."""
        text = self.text or ""
        return AwsAuth(str(self.version), read_map_roles(text, MARKS), len(text))

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """A write under the version that was read."""
        self.text, self.version = write_map_roles(current.map_roles, rows, MARKS), self.version + 1
        self.held.append(self.text or "")
        return {}


def old_row(name: str, *words: str) -> Row:
    """A row that was written under the former name."""
    return row_for(role(name), tuple(f"{OLD}:{word}" for word in words), OLD)


def renamed(*names: str) -> World:
    """A world in which these roles ask for view and edit@x and have them under the former name."""
    made = World(parse(CONFIGURATION))
    made.iam.roles = {ref(name): asks("view", "edit@x", name=name) for name in names}
    rows = tuple(old_row(name, "edit@x", "view") for name in names)
    made.rows["prod"] = Renamed(write_map_roles(read_map_roles(NODE_ROW, MARKS), rows, MARKS))
    made.bindings["prod"] = Bindings({f"{OLD}:view", f"{OLD}:edit@x"})
    return made


def groups(made: World) -> dict[str, tuple[str, ...]]:
    """The groups of our rows, by the role's name."""
    return {row.arn.rsplit("/", 1)[1]: row.groups for row in made.rows["prod"].read().held.ours}


def test_both_names_mark_what_is_ours_and_no_third() -> None:
    """A username and a binding of either name are read; one that is called alike is foreign."""
    for name in (OLD, NEW):
        assert owner_of(username_of(ref(), name), MARKS) == ref()
        assert binding_of(f"{name}:edit@x", MARKS) == Binding(f"{name}:edit@x", "edit", "x", f"{name}:edit", name)
    assert owner_of(username_of(ref(), "access-bots"), MARKS) is None
    assert binding_of("other:edit@x", MARKS) is None


def test_a_sweep_takes_everything_over_and_leaves_nothing_of_the_former_name() -> None:
    """One write, after the new bindings are made; then the old ones go."""
    made = renamed("alice", "bob")
    outcome = made.registrar().settle([SWEEP]).outcomes[0]
    assert outcome.complete, outcome
    assert groups(made) == dict.fromkeys(("alice", "bob"), (f"{NEW}:edit@x", f"{NEW}:view"))
    assert made.bindings["prod"].there == {f"{NEW}:edit@x", f"{NEW}:view"}
    text = made.rows["prod"].text or ""
    assert OLD not in text
    assert text.endswith(NODE_ROW)


def test_an_event_takes_over_its_own_role_and_carries_the_others_on() -> None:
    """The old bindings stay as long as a row uses them."""
    made = renamed("alice", "bob")
    detail = {"eventSource": "iam.amazonaws.com", "eventName": "TagRole", "eventTime": "2026-11-20T12:00:00Z"}
    told = {
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "detail": {**detail, "requestParameters": {"roleName": "alice"}},
    }
    assert made.registrar().settle([told]).outcomes[0].error is None
    assert groups(made)["alice"] == (f"{NEW}:edit@x", f"{NEW}:view")
    assert groups(made)["bob"] == (f"{OLD}:edit@x", f"{OLD}:view")
    assert {f"{OLD}:edit@x", f"{OLD}:view"} <= made.bindings["prod"].there


class Unmakeable(Bindings):
    """Bindings of which those for a namespace cannot be made."""

    def make(self, binding: Binding, view: RbacView) -> None:
        """Make it, or refuse."""
        if binding.namespace:
            raise DeniedByRbac("bind")
        super().make(binding, view)


def test_what_cannot_be_given_under_the_new_name_stays_under_the_former() -> None:
    """The manifests of the new name lack a right: nobody is shut out for that."""
    made = renamed("alice")
    made.bindings["prod"] = Unmakeable(set(made.bindings["prod"].there))
    assert [type(error) for error in made.registrar().settle([SWEEP]).results[0].errors.values()] == [DeniedByRbac]
    assert made.rows["prod"].read().held.ours == (old_row("alice", "edit@x", "view"),)
    assert f"{OLD}:edit@x" in made.bindings["prod"].there


def test_a_revocation_does_not_wait_for_what_cannot_be_given() -> None:
    """The row of the former name would give more than the tag asks for: what can be given stays, the rest goes."""
    made = renamed("alice")
    made.iam.roles = {ref("alice"): asks("edit@x", name="alice")}
    made.bindings["prod"] = Unmakeable(set(made.bindings["prod"].there))
    made.registrar().settle([SWEEP])
    assert made.rows["prod"].read().held.ours == ()


class Denying(Renamed):
    """aws-auth whose cluster lets no row in but those that stand there: no rule names the new groups yet."""

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """Deny what is new, as the admission policy does: a row of a former name passes only as it stood."""
        if not set(rows) <= set(current.map_roles.ours):
            raise DeniedByAdmission("no rule names it")
        return super().write(current, rows)


def test_a_denied_write_takes_nobody_s_access() -> None:
    """What is sent again without anything new keeps the groups of the former name."""
    made = renamed("alice", "bob")
    made.rows["prod"] = Denying(made.rows["prod"].text)
    result = made.registrar().settle([SWEEP]).results[0]
    errors = [result.failure, *result.errors.values()]
    assert {type(error) for error in errors if error is not None} == {DeniedByAdmission}
    assert groups(made) == dict.fromkeys(("alice", "bob"), (f"{OLD}:edit@x", f"{OLD}:view"))


@pytest.mark.parametrize("text", [f"group={OLD}:edit@x", f"group={NEW}:edit@x", f"group={OLD}-controller"])
def test_no_tag_asks_for_a_group_of_either_name(text: str) -> None:
    """The bindings of the former name still stand."""
    assert parse(CONFIGURATION).forbidden(grant(text)) is not None


@pytest.mark.parametrize("namespace", [OLD, NEW])
def test_both_own_namespaces_are_guarded(namespace: str) -> None:
    """They hold former bodies of aws-auth; a wildcard does not reach them."""
    policy = parse(CONFIGURATION)
    assert policy.allowing_rule(grant(f"edit@{namespace}"), policy.rules) is None


def test_the_principal_of_a_row_is_the_same_under_either_name() -> None:
    """So a removal finds the row."""
    made = renamed("alice", "bob")
    made.iam.roles = {ref("bob"): made.iam.roles[ref("bob")]}
    made.registrar().settle([SWEEP])
    assert set(groups(made)) == {"bob"}
    assert PrincipalRef(ACCOUNT, ref().kind, "alice") not in made.rows["prod"].read().held.owners(MARKS)
