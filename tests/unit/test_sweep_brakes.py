"""What stops a sweep over a cluster in memory: brakes, denials, and bindings that cannot be made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from registrar.errors import DeniedByAdmission, DeniedByRbac, RegistrarError, Throttled
from registrar.marks import row_for
from registrar.model import Binding, BindingState, PrincipalRef, RbacView, Row
from registrar.sinks.aws_auth import AwsAuth
from tests.unit.memory import Bindings, Rows, World, event
from tests.unit.samples import ACCOUNT, PREFIX, asks, role
from tests.unit.sweeping import OTHER, SWEEP, made_of, rows, swept, viewing


@pytest.mark.parametrize("gone", [2, 6])
def test_a_brake_stops_a_sweep_whole(gone: int) -> None:
    """All rows of an account, or six of seven: nothing is written, not even what would be granted."""
    names = [f"r{number}" for number in range(7)]
    stay = names[gone:] if gone == 6 else []
    made = made_of(
        *(asks("view", name=name) for name in [*stay, "new"]), standing=viewing(*(names if stay else names[:gone]))
    )
    before = made.rows["prod"].text
    outcome, result = swept(made)
    assert outcome.word == f"sweep of account {ACCOUNT} stopped by a brake in prod"
    assert (outcome.error, outcome.complete) == (None, False)
    assert result.braked is not None
    assert (made.rows["prod"].text, made.rows["prod"].writes) == (before, 0)


def test_a_brake_gives_way_to_the_hash_of_its_plan_and_to_no_other() -> None:
    """A person has looked at this plan; one that would do anything else needs another look."""
    made = made_of(asks("view", name="new"), standing=viewing("a", "b"))
    _, stopped = swept(made)
    _, other = swept(made, "0" * 16)
    assert (other.written, other.braked) == (
        False,
        f"{stopped.braked} (and plan {'0' * 16}, which was asked for, is not this one)",
    )
    outcome, result = swept(made, stopped.hashed)
    assert (outcome.complete, result.written) == (True, True)
    assert set(rows(made)) == {"new"}


def test_an_account_that_has_left_loses_its_rows_by_the_sweep_of_the_clusters_own() -> None:
    """No rule speaks about it any more; the same brake holds."""
    made = made_of(asks("view"), standing=(*viewing("alice"), *viewing("bob", account=OTHER)))
    _, result = swept(made)
    assert set(rows(made)) == {"alice"}
    assert f"account {OTHER} has left the configuration" in str([one.notes for one in result.wanted])
    made = made_of(asks("view"), standing=(*viewing("alice"), *viewing("bob", "carol", account=OTHER)))
    assert swept(made)[1].braked == f"all 2 rows of account {OTHER} would be removed"


def everybody_moves(made: World, *words: str) -> None:
    """Every role of this world asks for something else now."""
    made.iam.roles = {one: asks(*words, name=one.name) for one in made.iam.roles}


def test_grants_that_the_cluster_denies_do_not_make_a_sweep_remove_everybody() -> None:
    """The plan moves ten rows to another group; the denied write, sent again without it, would remove all ten."""
    names = [f"r{number}" for number in range(10)]
    made = made_of(*(asks("view", name=name) for name in names), standing=viewing(*names))
    everybody_moves(made, "edit@team")
    denying = made.rows["prod"] = Denying(text=made.rows["prod"].text)
    outcome, result = swept(made)
    assert isinstance(outcome.error, DeniedByAdmission)
    assert not result.complete
    assert set(rows(made)) == set(names)
    assert denying.writes == 0


def test_bindings_that_cannot_be_made_do_not_make_a_sweep_remove_everybody() -> None:
    """Without its binding a group is in no row: ten rows would go, and the brake looks at that plan, too."""
    names = [f"r{number}" for number in range(10)]
    made = made_of(*(asks("view", name=name) for name in names), standing=viewing(*names))
    everybody_moves(made, "edit@team")
    made.bindings["prod"] = Unmakeable(made.bindings["prod"].there)
    _, result = swept(made)
    assert (result.written, result.braked) == (False, f"all 10 rows of account {ACCOUNT} would be removed")
    assert set(rows(made)) == set(names)


@dataclass
class Denying(Rows):
    """aws-auth whose cluster lets no new group in."""

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> dict[PrincipalRef, RegistrarError]:
        """Deny a group that no row has."""
        if any(group.startswith(f"{PREFIX}:edit@") for row in rows for group in row.groups):
            raise DeniedByAdmission("no rule names it")
        return super().write(current, rows)


class Unmakeable(Bindings):
    """Bindings that the registrar may not make."""

    def make(self, binding: Binding, view: RbacView) -> None:
        """Refuse."""
        raise DeniedByRbac(f"bind {binding.role} ({len(view.found)} known)")


class Stuck(Bindings):
    """Bindings of which one was changed by somebody, and cannot be put right now."""

    def read(self, groups: Iterable[str]) -> RbacView:
        """One of them is wrong."""
        found = dict(super().read(groups).found)
        wrong = {group: (BindingState.WRONG, ("u", "1")) for group in found if group == f"{PREFIX}:view"}
        return RbacView(found | wrong)

    def make(self, binding: Binding, view: RbacView) -> None:
        """Not now."""
        raise Throttled(f"PATCH {binding.name}: 429 ({len(view.found)} known)")


@pytest.mark.parametrize("told", [SWEEP, event()])
def test_a_binding_that_cannot_be_corrected_now_takes_nothing_from_anybody(told: dict[str, object]) -> None:
    """One 429 must not take a group from everybody who has it, by a sweep or by an event."""
    names = ["alice", *(f"r{number}" for number in range(9))]
    standing = tuple(row_for(role(name), (f"{PREFIX}:edit@x", f"{PREFIX}:view"), PREFIX) for name in names)
    made = made_of(*(asks("view", "edit@x", name=name) for name in names), standing=standing)
    made.bindings["prod"] = Stuck(made.bindings["prod"].there)
    assert isinstance(made.registrar().settle([told]).outcomes[0].error, Throttled)
    assert rows(made) == dict.fromkeys(names, ("eks-registrar:edit@x", "eks-registrar:view"))


def test_what_can_never_be_given_does_not_fail_every_sweep() -> None:
    """It is told of its role, and stands in the gauges; the rest is settled."""
    made = made_of(asks("edit@x", "view"), asks("view", name="bob"))
    made.bindings["prod"] = Unmakeable(made.bindings["prod"].there)
    outcome, result = swept(made)
    assert (outcome.error, outcome.complete) == (None, True)
    assert {type(error) for error in result.errors.values()} == {DeniedByRbac}


def test_what_a_brake_stops_is_not_told_as_done() -> None:
    """The plan is there to look at, and nothing in it was written."""
    made = made_of(standing=viewing("a", "b"))
    _, result = swept(made)
    assert not result.written
    assert [change.action for change in result.plan.changes] == ["remove", "remove"] if result.plan else False
