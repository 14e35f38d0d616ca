"""The loop of a run: the order of its reads, what one failure may not stop, and revocations that come in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from registrar.errors import DeniedByAdmission, DeniedByRbac, NotYetVisible, RegistrarError, Unreachable, WriteWouldHarm
from registrar.model import Binding, Gone, PrincipalRef, RbacView, Role, Row
from registrar.plan import Plan
from registrar.service import Settled
from registrar.sinks.aws_auth import AwsAuth
from tests.unit.memory import NODE_ROW, Bindings, Iam, Rows, World, event, world
from tests.unit.samples import NOW, PREFIX, asks, ref, role

KEY = f"{PREFIX}/prod"
RULES = """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*", "group=oncall"]}
"""


@dataclass
class Told(Rows):
    """aws-auth that writes down what is asked of it; ``before_write`` happens between our reads and our first write."""

    log: list[str] = field(default_factory=list)
    before_write: list[Callable[[], None]] = field(default_factory=list)
    denies: str = ""
    denial: RegistrarError = field(default_factory=lambda: DeniedByAdmission("no rule names it"))

    def read(self, *, whole: bool = False) -> AwsAuth:
        """Read, and say so."""
        self.log.append("aws-auth")
        return super().read(whole=whole)

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """Write, unless a group is denied."""
        while self.before_write:
            self.before_write.pop()()
        self.log.append("write")
        if self.denies and any(self.denies in one.groups for one in rows):
            raise self.denial
        return super().write(current, rows)


@dataclass
class ToldIam(Iam):
    """An IAM that writes down who was read."""

    log: list[str] = field(default_factory=list)

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """Read, and say so."""
        self.log.append(ref.name)
        return super().read(ref)


@dataclass
class Failing(Bindings):
    """Bindings of which those of one namespace cannot be made, and none can be dropped where ``drops`` says why."""

    namespace: str = "stuck"
    error: RegistrarError = field(default_factory=lambda: Unreachable("the webhook timed out"))
    drops: RegistrarError | None = None
    tried: int = 0

    def make(self, binding: Binding, view: RbacView) -> None:
        """Make it, or fail."""
        self.tried += 1
        if binding.namespace == self.namespace:
            raise self.error
        super().make(binding, view)

    def drop(self, binding: Binding, view: RbacView) -> None:
        """Drop it, or fail."""
        if self.drops is not None:
            raise self.drops
        super().drop(binding, view)


def told(*roles: Role) -> tuple[World, Told, list[str]]:
    """A world whose aws-auth and IAM write into one log."""
    made, log = world(*roles, rules=RULES), list[str]()
    rows = made.rows["prod"] = Told(log=log)
    made.iam = ToldIam(made.iam.roles, log=log)
    return made, rows, log


def settle(made: World, *events: object) -> Settled:
    """Settle some events."""
    return made.registrar().settle(events)


def errors(settled: Settled) -> list[type[RegistrarError] | None]:
    """The kinds of error, by event."""
    return [type(outcome.error) if outcome.error else None for outcome in settled.outcomes]


def registered(made: World) -> set[str]:
    """The names in our rows."""
    return {row.arn.rsplit("/", 1)[1] for row in made.rows["prod"].read().held.ours}


def with_bob(made: World, bob: Role | None = None) -> None:
    """Bob has a row of old, and asks for nothing any more."""
    rows = made.rows["prod"]
    theirs, rows.text = made.iam.roles, None
    made.iam.roles = {ref("bob"): bob or asks("view", name="bob")}
    settle(made, event(role="bob"))
    made.iam.roles = {**theirs, ref("bob"): role("bob")}


def plan_of(settled: Settled) -> Plan:
    """What was planned for the first cluster, where reading it did not fail."""
    plan = settled.results[0].plan
    assert plan is not None
    return plan


def test_after_a_conflict_aws_auth_is_read_before_iam_again() -> None:
    """The other way round a revocation between the two reads would be undone by a write that meets no conflict."""
    made, rows, log = told(asks("view"))
    rows.before_write.append(lambda: setattr(rows, "version", rows.version + 1))
    assert errors(settle(made, event())) == [None]
    assert log == ["aws-auth", "alice", "write", "aws-auth", "alice", "write", "alice"]


def test_a_change_that_iam_takes_back_meanwhile_is_taken_back() -> None:
    """Untagged between the reads and the write, by a run that found nothing to remove: the row goes again."""
    made, rows, log = told(asks("view"))
    rows.before_write.append(lambda: made.iam.roles.update({ref(): role()}))
    settled = settle(made, event())
    assert errors(settled) == [None]
    assert registered(made) == set()
    assert log[:4] == ["aws-auth", "alice", "write", "alice"]
    assert [change.action for change in plan_of(settled).changes] == ["add", "remove"]


def test_a_role_deleted_between_the_reads_and_the_write_keeps_no_row() -> None:
    """It was there a moment ago, so its absence is no matter of waiting; the record looks once more all the same."""
    made, rows, _ = told(asks("view"))
    rows.before_write.append(made.iam.roles.clear)
    assert errors(settle(made, event())) == [NotYetVisible]
    assert made.rows["prod"].text == NODE_ROW


def test_every_change_of_a_run_is_told_also_those_of_an_earlier_try() -> None:
    """Bob's row was written by the first try; that Alice made a second one necessary hides it from nobody."""
    made, rows, _ = told(asks("view"), asks("view", name="bob"))
    rows.before_write.append(lambda: made.iam.roles.update({ref(): role()}))
    settled = settle(made, event(), event(role="bob"))
    assert settled.results[0].written
    told_of = [(change.action, change.ref.name) for change in plan_of(settled).changes]
    assert told_of == [("add", "alice"), ("add", "bob"), ("remove", "alice")]


@pytest.mark.parametrize("denial", [DeniedByAdmission("no rule names it"), WriteWouldHarm("no safe place")])
def test_a_grant_that_the_cluster_denies_stops_no_revocation(denial: RegistrarError) -> None:
    """A rule is new, the manifests were not applied again: who loses a tag loses the row in the same batch."""
    made, rows, _ = told(asks("group=oncall"))
    with_bob(made)
    rows.denies, rows.denial = "oncall", denial
    settled = settle(made, event("UntagRole", role="bob"), event())
    assert errors(settled) == [None, type(denial)]
    assert registered(made) == set()


def test_a_denied_write_that_only_takes_away_is_sent_once() -> None:
    """There is nothing left to leave out: the record is dead with the denial's own text."""
    made, rows, log = told()
    with_bob(made, asks("group=oncall", "view", name="bob"))
    made.iam.roles[ref("bob")] = asks("group=oncall", name="bob")
    rows.denies = "oncall"
    log.clear()
    assert errors(settle(made, event(role="bob"))) == [DeniedByAdmission]
    assert log.count("write") == 1


def test_a_role_keeps_what_it_had_where_more_is_denied() -> None:
    """The part of its change that takes away is made, the part that gives is reported."""
    made, rows, _ = told()
    with_bob(made, asks("view", "edit@a", name="bob"))
    made.iam.roles[ref("bob")] = asks("view", "group=oncall", name="bob")
    rows.denies = "oncall"
    assert errors(settle(made, event(role="bob"))) == [DeniedByAdmission]
    (row,) = rows.read().held.ours
    assert row.groups == ("eks-registrar:view",)


@pytest.mark.parametrize("error", [Unreachable("the webhook timed out"), DeniedByRbac("bind")])
def test_a_binding_that_cannot_be_made_stops_no_other_role(error: RegistrarError) -> None:
    """Bob's revocation does not wait, nor die, with Alice's grant; and what else Alice asks for goes ahead."""
    made, _, _ = told(asks("edit@stuck", "group=oncall"))
    with_bob(made)
    made.bindings["prod"] = Failing(error=error)
    settled = settle(made, event("UntagRole", role="bob"), event())
    assert errors(settled) == [None, type(error)]
    (row,) = made.rows["prod"].read().held.ours
    assert (row.arn.rsplit("/", 1)[1], row.groups) == ("alice", ("oncall",))


def test_after_a_binding_that_times_out_no_other_is_tried() -> None:
    """Twenty timeouts of ten seconds would leave no time for the revocations of the batch."""
    made, _, _ = told(asks(*(f"edit@n{number}" for number in range(20))))
    failing = made.bindings["prod"] = Failing(namespace="n0")
    assert errors(settle(made, event())) == [Unreachable]
    assert failing.tried == 1


def test_a_binding_that_cannot_be_dropped_is_told_and_the_row_is_gone() -> None:
    """The revocation is done by then; only its own record says what stayed behind."""
    made, _, _ = told(asks("group=oncall"))
    failing = made.bindings["prod"] = Failing()
    with_bob(made)
    failing.drops = DeniedByRbac("delete")
    settled = settle(made, event("UntagRole", role="bob"), event())
    assert errors(settled) == [DeniedByRbac, None]
    assert registered(made) == {"alice"}
    assert settled.results[0].written


def untagging(*keys: str) -> dict[str, object]:
    """An UntagRole event that names its keys."""
    return event("UntagRole", requestParameters={"roleName": "alice", "tagKeys": list(keys)})


@pytest.mark.parametrize("key", [KEY, KEY.upper(), PREFIX])
def test_an_untag_that_iam_does_not_show_yet_is_looked_at_again(key: str) -> None:
    """IAM's tags are eventually consistent: a stale read must not end the revocation."""
    made = world(role(tags=[(key if key == PREFIX else KEY, "view")], created=NOW.replace(hour=1)))
    (outcome,) = settle(made, untagging(key)).outcomes
    assert isinstance(outcome.error, NotYetVisible)
    assert "untagged at 12:00:00, IAM still shows" in str(outcome.error)
    made.iam.roles = {ref(): role(created=NOW.replace(hour=1))}
    assert errors(settle(made, untagging(key))) == [None]
    assert registered(made) == set()


def test_an_untag_is_no_doubt_where_something_else_explains_the_tag() -> None:
    """Another key of ours, a later TagRole, one of the same second, a new role of that name: IAM is believed."""
    old = NOW.replace(hour=1)
    made = world(role(tags=[(KEY, "view")], created=old))
    assert errors(settle(made, untagging(f"{KEY}/2"))) == [None]
    assert errors(settle(made, untagging(KEY), event("TagRole"))) == [None, None]
    assert errors(settle(world(role(tags=[(KEY, "view")], created=NOW.replace(minute=1))), untagging(KEY))) == [None]
    later = replace(made.registrar(), runtime=replace(made.registrar().runtime, now=lambda: NOW.replace(minute=2)))
    assert errors(later.settle([untagging(KEY)])) == [None]
