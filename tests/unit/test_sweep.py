"""The sweep over a cluster in memory: what it heals, and what it leaves alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from registrar.errors import PoisonRecord, Throttled, Unreachable
from registrar.marks import controller_group, row_for, username_of
from registrar.model import Gone, PrincipalRef, Role
from registrar.sinks.aws_auth import AwsAuth
from tests.unit.memory import NODE_ROW, Iam, Rows, World, event
from tests.unit.samples import ACCOUNT, NOW, PREFIX, asks, ref, role
from tests.unit.sweeping import SWEEP, made_of, rows, swept, viewing


@dataclass
class BrokenAfterwards(Rows):
    """An aws-auth that can be read once."""

    def read(self, *, whole: bool = False) -> AwsAuth:
        """The first time."""
        found = super().read(whole=whole)
        self.broken = Unreachable("the API server is gone")
        return found


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


def test_a_sweep_leaves_the_registrars_own_row_alone_under_whatever_username() -> None:
    """No tag asks for it, so as a row of ours it would go: nobody but a person could let the registrar in again."""
    made = made_of(asks("view"), role("eks-registrar"), standing=viewing("alice", "deleted"))
    own = row_for(role("eks-registrar"), (controller_group(PREFIX),), PREFIX)
    line = json.dumps({"rolearn": own.arn, "username": own.username, "groups": list(own.groups)})
    stored = made.rows["prod"]
    stored.text = f"{stored.text}- {line}\n"
    swept(made)
    assert rows(made).keys() == {"alice"}
    assert (stored.text or "").endswith(f"- {line}\n")


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


def test_an_orphaned_binding_whose_removal_cannot_be_looked_at_again_fails_the_sweep() -> None:
    """It belongs to nobody, so nobody could be told of it; somebody may have begun to use it meanwhile."""
    made = made_of(asks("view"), standing=viewing("alice"))
    made.bindings["prod"].there.add(f"{PREFIX}:edit@left")
    made.rows["prod"] = BrokenAfterwards(**vars(made.rows["prod"]))
    outcome, result = swept(made)
    assert (type(outcome.error), outcome.complete, type(result.failure)) == (Unreachable, False, Unreachable)


def test_a_sweep_makes_a_binding_that_is_gone() -> None:
    """The row stands, so only this is missing."""
    made = made_of(asks("view"), standing=viewing("alice"))
    made.bindings["prod"].there.clear()
    swept(made)
    assert made.bindings["prod"].there == {f"{PREFIX}:view"}


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
