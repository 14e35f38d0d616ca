"""Random lives of an account and a cluster, as a state machine of hypothesis over the real lab."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from foreign_writer import AWS_AUTH, MEDDLING, ForeignWriter
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from load_oracle import bindings_for, is_braked, line_for, owner_of, rows_for
from load_parts import (
    NAMESPACES,
    ROLES,
    SWEEP,
    Counts,
    Registrars,
    bindings_in,
    delete_binding,
    keys,
    numbers,
    picks,
    role_numbers,
    values,
)
from stage import ACCOUNT, TAG, Stage, a_name, event, trusting
from test_concurrency import held_at_write

from registrar.errors import NeverRetry
from registrar.service import Settled


class Load(RuleBasedStateMachine):
    """Eight roles that come and go, events of it that arrive or do not, and somebody else who writes aws-auth.

    Whatever came before, one sweep must bring the cluster to what IAM says. Where a brake stops it, that is asserted to
    be right, and the sweep is told the plan's hash, as a person would.
    """

    def __init__(self, stage: Stage, registrars: Registrars, iam: Any, counts: Counts) -> None:
        super().__init__()
        stage.lab.reset()
        self.stage, self.registrars, self.iam, self.counts = stage, registrars, iam, counts
        self.api = stage.lab.api
        self.names = [a_name(f"Load{n}") for n in range(ROLES)]
        self.there: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self.writer = ForeignWriter.of_day_one(self.api)
        self.unswept = 0

    # ────── IAM

    @rule(number=role_numbers, key=keys, value=values, path=st.sampled_from(["/", "/dev/"]), node=st.integers(0, 7))
    def a_role_is_made(self, number: int, key: str, value: str, path: str, node: int) -> None:
        """A role is made, or deleted and made again with other tags and another path, by way of exception a node's."""
        name = self.names[number]
        if name in self.there:
            self.a_role_goes(number)
        trust = trusting(Service="ec2.amazonaws.com") if node == 0 else trusting(AWS=ACCOUNT)
        tags = [{"Key": key, "Value": value}]
        self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust, Tags=tags)
        self.there.add(name)
        self.events.append(event("CreateRole", name, path=path, tags=[{"key": key, "value": value}]))

    @rule(number=role_numbers)
    def a_role_goes(self, number: int) -> None:
        """A role is deleted."""
        name = self.names[number]
        if name in self.there:
            self.iam.delete_role(RoleName=name)
            self.there.discard(name)
            self.events.append(event("DeleteRole", name))

    @rule(number=role_numbers, key=keys, value=values, shown=st.booleans())
    def a_role_is_tagged(self, number: int, key: str, value: str, shown: bool) -> None:
        """A role is tagged: wider, narrower, refused, unreadable; the event shows the tag or not."""
        name = self.names[number]
        if name in self.there:
            self.iam.tag_role(RoleName=name, Tags=[{"Key": key, "Value": value}])
            self.events.append(event("TagRole", name, **({"tags": [{"key": key, "value": value}]} if shown else {})))

    @rule(number=role_numbers, key=keys)
    def a_role_is_untagged(self, number: int, key: str) -> None:
        """A tag is taken away, if it is there."""
        name = self.names[number]
        if name in self.there:
            self.iam.untag_role(RoleName=name, TagKeys=[key])
            self.events.append(event("UntagRole", name, tagKeys=[key]))

    @rule(most=st.integers(2, ROLES), value=st.sampled_from(["view", "edit@load-a view", "group=oncall"]))
    def many_are_let_in(self, most: int, value: str) -> None:
        """A whole team gets a tag, and a batch of events tells of it."""
        for number in range(most):
            if self.names[number] not in self.there:
                self.a_role_is_made(number, TAG, value, "/", 1)
            self.a_role_is_tagged(number, TAG, value, shown=True)
        self._as_iam_says(self._done(self.registrars.late[0].settle(self.events[-most:])))

    @rule(most=st.integers(2, ROLES), key=keys, gone=st.booleans())
    def many_are_shut_out(self, most: int, key: str, gone: bool) -> None:
        """A whole team loses a tag or is deleted, and no event tells of it yet: what may trip a brake."""
        for number in range(most):
            self.a_role_goes(number) if gone else self.a_role_is_untagged(number, key)

    # ────── events

    @precondition(lambda self: self.events)
    @rule(picked=picks, late=st.booleans())
    def events_arrive(self, picked: list[int], late: bool) -> None:
        """Some events, in any order, some of them again; what is not picked is as good as lost."""
        registrar = (self.registrars.late if late else self.registrars.on_time)[0]
        batch = self._picked(picked)
        self._as_iam_says(self._done(registrar.settle(batch)))

    @precondition(lambda self: self.there)
    @rule(at=numbers, others=picks, was=values, value=values, swept=st.booleans(), how=st.integers(0, 3))
    def two_functions_run_at_once(
        self, at: int, others: list[int], was: str, value: str, swept: bool, how: int
    ) -> None:
        """One is held between its reads and its write; meanwhile a tag that it has read changes, and others write."""
        number = self.names.index(sorted(self.there)[at % len(self.there)])
        self.a_role_is_tagged(number, TAG, was, shown=True)
        first, held = held_at_write(self.registrars.late[0])
        batch = [SWEEP] if swept else [self.events[-1], *self._picked(others)]
        with ThreadPoolExecutor(1) as pool:
            running: Future[Settled] = pool.submit(first.settle, batch)
            running.add_done_callback(lambda _: held.reached.set())
            assert held.reached.wait(60)
            over = running.done()
            try:
                self.a_role_is_tagged(number, TAG, value, shown=True)
                named = self._done(self.registrars.late[1].settle(self._picked(others))) if how > 0 else set()
                if how > 1:
                    self.writer.meddle("wiped") if how == 2 else self.writer.comment(at)
            finally:
                held.gate.set()
            settled = running.result()
        # Tagged after it was read, and not changed by this run: its own event, which is on its way, settles it.
        in_doubt = {self.names[number]} - (set() if over else _changed_by(settled))
        named |= self._done(settled) - in_doubt
        if how != 2:
            self._as_iam_says(named)

    # ────── others who write in the cluster

    @rule(at=numbers, style=numbers, number=st.integers(0, ROLES * 3))
    def somebody_adds_a_row(self, at: int, style: int, number: int) -> None:
        """A row of his own, now and then for one of our roles."""
        self.writer.put(at, style, self.names[number] if number < ROLES else f"theirs-{number}")

    @rule(at=numbers)
    def somebody_takes_his_row_away(self, at: int) -> None:
        """One that he has added."""
        self.writer.take(at)

    @rule(at=numbers, key=st.sampled_from(["mapUsers", "mapAccounts", "mapOther", "metadata", "comment"]))
    def somebody_edits_something_else(self, at: int, key: str) -> None:
        """Another key, a comment, a label."""
        self.writer.comment(at) if key == "comment" else self.writer.beside(key)

    @rule(how=st.sampled_from(sorted(MEDDLING)))
    def somebody_meddles_with_our_rows(self, how: str) -> None:
        """He wipes, moves, restyles, doubles or edits them."""
        self.writer.meddle(how)

    @rule(number=numbers)
    def somebody_deletes_a_binding_of_ours(self, number: int) -> None:
        """Any of those that stand."""
        found = sorted(bindings_in(self.api))
        if found:
            delete_binding(self.api, *found[number % len(found)])

    # ────── the laws

    @invariant()
    def everything_foreign_is_there(self) -> None:
        """After every step, whatever has run."""
        self.writer.look()
        self.unswept += 1

    @precondition(lambda self: self.unswept > 5)
    @rule()
    def one_sweep_puts_everything_right(self) -> None:
        """The rows are exactly those that IAM asks for, each with its binding, and everything foreign is as it was."""
        self.counts.sweeps += 1
        self.unswept = 0
        standing, lines = self.writer.look(), self._expected()
        has_some = {owner_of(json.loads(line.removeprefix("- "))) for line in lines}
        stand = {owner_of(row) for row in standing}
        settled = self.registrars.on_time[0].settle([SWEEP])
        braked = settled.results[0].braked
        assert (braked is not None) == is_braked(len(stand), len(stand - has_some)), (braked, stand, lines)
        if braked is not None:
            self.counts.braked_sweeps += 1
            assert self.writer.look() == standing, "a brake lets nothing be written"
            settled = self.registrars.on_time[0].settle([{**SWEEP, "planHash": settled.results[0].hashed}])
        assert settled.outcomes[0].complete, settled.outcomes
        self.writer.look()
        assert self._map_roles() == "".join(lines) + self.writer.his.text
        assert bindings_in(self.api) == bindings_for(lines)

    def teardown(self) -> None:
        """The law once more, whatever came last; then the roles go, since IAM outlives the cluster's first day."""
        try:
            self.one_sweep_puts_everything_right()
        finally:
            self.counts.foreign_edits += self.writer.edits
            for name in self.there:
                self.iam.delete_role(RoleName=name)

    def _picked(self, picked: Sequence[int]) -> list[dict[str, Any]]:
        return [self.events[number % len(self.events)] for number in picked]

    def _done(self, settled: Settled) -> set[str]:
        """Of the roles that are there those whose record is done; nothing here is anything that no retry would mend."""
        self.counts.runs += 1
        errors = [str(outcome.error) for outcome in settled.outcomes if isinstance(outcome.error, NeverRetry)]
        assert not errors, errors
        returned = {
            one.hint.principal.name for one in settled.outcomes if one.hint is not None and one.error is not None
        }
        return {one.hint.principal.name for one in settled.outcomes if one.hint is not None} & self.there - returned

    def _as_iam_says(self, names: Set[str]) -> None:
        """The rows of these roles, whatever became of the others': an event settles whom it names."""
        wanted = {owner_of(json.loads(line.removeprefix("- "))): line for line in self._expected()}
        found = self.writer.look()
        for name in names:
            rows = [line_for(name, row["groups"]) for row in found if owner_of(row) == name]
            assert rows == ([wanted[name]] if name in wanted else [])

    def _expected(self) -> list[str]:
        roles = self.iam.get_account_authorization_details(Filter=["Role"], MaxItems=1000)["RoleDetailList"]
        return rows_for(roles, self.writer.claimed, (*NAMESPACES, "kube-system"))

    def _map_roles(self) -> str:
        return str(self.api.request("GET", AWS_AUTH).body["data"]["mapRoles"])


def _changed_by(settled: Settled) -> set[str]:
    return {change.ref.name for result in settled.results if result.plan for change in result.plan.changes}
