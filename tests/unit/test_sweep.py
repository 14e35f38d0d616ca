"""The sweep over a cluster in memory: what it heals, what it leaves alone, and what stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest

from registrar.errors import DeniedByAdmission, DeniedByRbac, PoisonRecord, Throttled
from registrar.marks import row_for, username_of
from registrar.model import Binding, BindingState, Gone, PrincipalRef, RbacView, Role, Row
from registrar.reconcile import ClusterResult
from registrar.service import Outcome
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.unit.memory import NODE_ROW, Bindings, Iam, Rows, World, event, world
from tests.unit.samples import ACCOUNT, MARKS, NOW, PREFIX, asks, ref, role

RULES = """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*"]}
"""
SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
OTHER = "111122223333"


def made_of(*roles: Role, standing: tuple[Row, ...] = ()) -> World:
    """A world in which IAM knows these roles and some rows of ours stand."""
    made = world(*roles, rules=RULES)
    made.open(made.policy.cluster("prod"))
    rows = made.rows["prod"]
    rows.text = write_map_roles(read_map_roles(rows.text, MARKS), standing, MARKS)
    made.bindings["prod"].there.update(group for one in standing for group in one.groups)
    return made


def viewing(*names: str, account: str = ACCOUNT) -> tuple[Row, ...]:
    """Rows of ours that let these roles view."""
    return tuple(row_for(role(name, account=account), (f"{PREFIX}:view",), PREFIX) for name in names)


def swept(made: World, plan_hash: str | None = None) -> tuple[Outcome, ClusterResult]:
    """What a sweep came to."""
    settled = made.registrar().settle([{**SWEEP, "planHash": plan_hash}])
    return settled.outcomes[0], settled.results[0]


def rows(made: World) -> dict[str, tuple[str, ...]]:
    """The groups of our rows, by the role's name."""
    return {row.arn.rsplit("/", 1)[1]: row.groups for row in made.rows["prod"].read().held.ours}


def test_a_sweep_registers_whom_no_event_told_of() -> None:
    """A lost CreateRole or TagRole is made good; a role that asks for nothing is not in the plan at all."""
    made = made_of(asks("view"), role("idle"))
    outcome, result = swept(made)
    assert (outcome.word, outcome.complete) == (f"sweep of account {ACCOUNT} complete", True)
    assert rows(made) == {"alice": ("eks-registrar:view",)}
    assert [str(one.ref) for one in result.wanted] == [f"{ACCOUNT}:role/alice"]


def test_a_sweep_removes_who_is_gone_or_asks_for_nothing() -> None:
    """A lost DeleteRole and a lost UntagRole."""
    made = made_of(role("untagged"), asks("view", name="alice"), standing=viewing("alice", "deleted", "untagged"))
    swept(made)
    assert set(rows(made)) == {"alice"}


def test_a_sweep_without_changes_writes_nothing() -> None:
    """Neither rows nor bindings."""
    made = made_of(asks("view"), standing=viewing("alice"))
    outcome, result = swept(made)
    assert outcome.complete
    assert not result.written
    assert made.rows["prod"].writes == 0


def test_a_sweep_drops_bindings_that_no_row_uses() -> None:
    """Orphans of a crash between two writes."""
    made = made_of(asks("view"), standing=viewing("alice"))
    made.bindings["prod"].there.add(f"{PREFIX}:edit@left")
    swept(made)
    assert made.bindings["prod"].there == {f"{PREFIX}:view"}


def test_a_sweep_makes_a_binding_that_is_gone() -> None:
    """The row stands, so only this is missing."""
    made = made_of(asks("view"), standing=viewing("alice"))
    made.bindings["prod"].there.clear()
    swept(made)
    assert made.bindings["prod"].there == {f"{PREFIX}:view"}
    assert made.rows["prod"].writes == 0


def test_a_row_that_somebody_doubled_is_one_again() -> None:
    """With the groups that the tag asks for, whatever the copy said."""
    made = made_of(asks("view"), standing=viewing("alice"))
    copy = f'- rolearn: {role().arn}\n  username: "{username_of(ref(), PREFIX)}"\n  groups: [eks-registrar:edit@x]\n'
    made.rows["prod"].text = (made.rows["prod"].text or "") + copy
    swept(made)
    assert rows(made) == {"alice": ("eks-registrar:view",)}
    assert (made.rows["prod"].text or "").endswith(NODE_ROW)


def test_a_reading_that_broke_off_removes_nobody() -> None:
    """Of an account that was not read to the end nothing is known, and the record returns."""
    made = made_of(asks("view"), standing=viewing("alice", "bob"))
    made.iam.fails[ref("carol")] = Throttled("iam:GetAccountAuthorizationDetails: slow down")
    outcome, result = swept(made)
    assert isinstance(outcome.error, Throttled)
    assert result.plan is None
    assert set(rows(made)) == {"alice", "bob"}


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


@dataclass
class Fickle(Iam):
    """An IAM whose list and whose single readings differ; ``singly`` is what a single reading says."""

    singly: dict[PrincipalRef, Role] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """One role."""
        self.asked.append(ref.name)
        return self.singly.get(ref, Gone(ref))


def fickle(made: World, *singly: Role) -> Fickle:
    """Let single readings say this."""
    made.iam = Fickle(made.iam.roles, singly={one.ref: one for one in singly})
    return made.iam


def test_a_removal_is_confirmed_by_a_fresh_reading_of_that_role() -> None:
    """The list was stale: the role is there and tagged, so it keeps its row."""
    made = made_of(asks("view"), standing=viewing("alice", "bob"))
    iam = fickle(made, asks("view"), asks("view", name="bob"))
    outcome, result = swept(made)
    assert iam.asked == ["bob"]
    assert outcome.complete
    assert not result.written
    assert set(rows(made)) == {"alice", "bob"}


def test_who_loses_only_a_group_is_read_again_too() -> None:
    """A narrower tag in a stale list must not take anything away."""
    made = made_of(asks("view"), standing=(row_for(role(), (f"{PREFIX}:edit@x", f"{PREFIX}:view"), PREFIX),))
    iam = fickle(made, asks("view", "edit@x"))
    swept(made)
    assert iam.asked == ["alice"]
    assert rows(made) == {"alice": ("eks-registrar:edit@x", "eks-registrar:view")}


def test_a_removal_that_cannot_be_confirmed_is_not_made() -> None:
    """Nobody else waits for it, and the sweep is not complete."""
    made = made_of(asks("view", name="new"), asks("view"), standing=viewing("alice", "bob"))
    iam = fickle(made, asks("view", name="new"), asks("view"))
    iam.fails = {}

    def read(ref: PrincipalRef) -> Role | Gone:
        if ref.name == "bob":
            raise Throttled("iam:GetRole: slow down")
        return Fickle.read(iam, ref)

    iam.read = read  # type: ignore[method-assign]
    outcome, _ = swept(made)
    assert isinstance(outcome.error, Throttled)
    assert set(rows(made)) == {"alice", "bob", "new"}


def test_a_role_made_again_is_judged_by_its_own_tags() -> None:
    """The old one's row says edit; the new one asks for nothing."""
    standing = (row_for(role(), (f"{PREFIX}:edit@x",), PREFIX), *viewing("bob"))
    made = made_of(role(created=NOW), asks("view", name="bob"), standing=standing)
    swept(made)
    assert set(rows(made)) == {"bob"}


def test_a_sweep_in_mode_observe_plans_and_writes_nothing() -> None:
    """It is complete all the same: nothing is left undone that should be done."""
    made = made_of(asks("view"))
    made.policy = replace(made.policy, clusters=tuple(replace(c, mode="observe") for c in made.policy.clusters))
    outcome, result = swept(made)
    assert outcome.complete
    assert [change.action for change in result.plan.changes] == ["add"] if result.plan else False
    assert rows(made) == {}


def test_events_and_a_sweep_come_in_one_batch() -> None:
    """Each has its own outcome, in the order of the records; two equal sweeps are one."""
    made = made_of(asks("view"))
    settled = made.registrar().settle([SWEEP, event(), SWEEP])
    assert [outcome.word for outcome in settled.outcomes] == [
        f"sweep of account {ACCOUNT} complete", "done", f"sweep of account {ACCOUNT} complete",
    ]  # fmt: skip
    assert [result.whole for result in settled.results] == [False, False, True, True]


@pytest.mark.parametrize("account", [None, "123", "999999999999", 7, [ACCOUNT]])
def test_a_sweep_of_an_unknown_account_is_poison(account: object) -> None:
    """Nothing is swept by mistake; the message names the accounts that are known."""
    settled = made_of().registrar().settle([{"registrar": "sweep", "account": account}])
    assert isinstance(settled.outcomes[0].error, PoisonRecord)
    assert ACCOUNT in str(settled.outcomes[0].error)
    assert settled.results == ()


def test_a_purge_leaves_nothing_of_ours_and_needs_the_hash_of_its_plan() -> None:
    """Whatever IAM says and whatever the mode: first it only shows, then it does that and nothing else."""
    made = made_of(asks("view"), asks("view", name="bob"), standing=viewing("alice", "bob"))
    made.bindings["prod"].there.add(f"{PREFIX}:edit@left")
    registrar, cluster = made.registrar(), replace(made.policy.cluster("prod"), mode="observe")
    shown = registrar.purge(cluster)
    assert (shown.written, shown.braked) == (False, "everything of ours would be removed")
    assert not registrar.purge(cluster, "0" * 16).written
    assert registrar.purge(cluster, shown.hashed).written
    assert made.rows["prod"].text == NODE_ROW
    assert made.bindings["prod"].there == set()


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

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> None:
        """Deny a group that no row has."""
        if any(group.startswith(f"{PREFIX}:edit@") for row in rows for group in row.groups):
            raise DeniedByAdmission("no rule names it")
        super().write(current, rows)


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
