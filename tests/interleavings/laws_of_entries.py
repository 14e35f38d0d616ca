"""What must hold where access is written as entries: step by step, when all is quiet, and after some more sweeps.

step     a write of ours touches no entry without our mark; no entry gets a right that IAM did not name to any moment of
         the story; in API_AND_CONFIG_MAP a row of ours never grows, foreign bytes stand, and no entry goes before its
         row does; in API nobody touches aws-auth
quiet    once the records of all changes are done: nobody has more than IAM says by entry or row and, if nobody was
         killed or interfered, nobody has less, and behind each group stands its binding
sweep    after one more sweep our entries and bindings are exactly what IAM says, after a second one no row of ours is
         left beside them, and a third one writes nothing

An entry has no version, so unlike a row it may be written by an IAM that is older than what it replaces: the look at
IAM after the write is what sets that right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lab.memory.clients import Ask
from lab.memory.entry import Entry
from lab.memory.requests import Answer, EksCall, Http, Request
from lab.memory.world import World
from registrar.sinks.aws_auth import PATH
from tests.interleavings.as_iam_says import Roles, granted, loaded, text_of
from tests.interleavings.entries_as_iam_says import (
    entries_difference,
    is_ours,
    rights_of,
    too_little,
    too_much,
    what_is_foreign,
    without_path,
)
from tests.interleavings.explore import Actor, State
from tests.interleavings.laws import Promise, at_once, object_broken, rest_of
from tests.interleavings.registrar_actors import BOTH, sweep
from tests.interleavings.replay import Program
from tests.interleavings.rows_of_text import our_rows, theirs


@dataclass
class LawsOfEntries:
    """The judge of a scenario in mode API or API_AND_CONFIG_MAP; the attributes are those of ``Laws``."""

    truths: tuple[Roles, ...]
    promise: Promise
    ours: tuple[int, ...]
    kills: int
    mode: str
    _swept: dict[World, str | None] = field(default_factory=dict)

    def step(self, before: State, actor: Actor, after: State) -> str | None:
        """The laws of each write of ours."""
        if not actor.ours:
            return None
        for law in (*self._objects(before.world, after.world), *self._entries(before.world, after.world)):
            return f"step: {law}"
        return None

    def state(self, state: State) -> str | None:
        """Nobody has more than IAM says, whenever all records are done and no sweep is on its way."""
        if not self.promise.revoked or not self._all_done(state):
            return None
        broken = too_much(state.world, self.truths[state.world.iam.changes], self.mode)
        return f"quiet: {broken}" if broken else None

    def end(self, state: State) -> str | None:
        """What events alone must achieve, then what more sweeps must."""
        for number in self.ours:
            if state.positions[number] == "dead":
                return f"quiet: record {number} ended in the dead-letter queue"
        if self.promise.granted and state.kills == self.kills and self._all_done(state):
            broken = too_little(state.world, self.truths[-1], self.mode)
            if broken:
                return f"quiet: {broken}"
        if state.world not in self._swept:
            self._swept[state.world] = broken_after_sweeps(state.world, self.mode, self._after_a_sweep)
        return self._swept[state.world]

    def _all_done(self, state: State) -> bool:
        return all(state.positions[number] == "done" for number in self.ours)

    def _objects(self, before: World, after: World) -> Iterator[str]:
        """What a write of ours to the API server breaks."""
        if before.api is after.api:
            return
        old, new = dict(before.api.objects), dict(after.api.objects)
        for path in (path for path in new if new[path] != old.get(path)):
            was: Any = loaded(old[path].text) if path in old else None
            now: Any = loaded(new[path].text)
            if path != PATH:
                yield from object_broken(path, was, now)
            elif self.mode != BOTH or rest_of(was) != rest_of(now):
                yield "something else than mapRoles was changed in aws-auth, or aws-auth where nobody reads it"
            else:
                yield from _rows_broken(was["data"]["mapRoles"], now["data"]["mapRoles"])

    def _entries(self, before: World, after: World) -> Iterator[str]:
        """What a write of ours to an entry breaks."""
        if before.eks is after.eks:
            return
        arns = {entry.arn for world in (before, after) for entry in world.eks.standing}
        for arn in sorted(arns):
            was, now = before.eks.find(arn), after.eks.find(arn)
            if was == now:
                continue
            if any(entry is not None and not is_ours(entry) for entry in (was, now)):
                yield f"the entry of {arn} is not ours and was touched"
            gained = (rights_of(now) if now else set()) - (rights_of(was) if was else set())
            said = self.truths[: after.iam.changes + 1]
            if not any(gained <= granted(roles, arn) for roles in said):
                yield f"{arn} gets {sorted(gained)}, which IAM never granted"
            if was is not None and now is None:
                yield from self._gone_before_its_row(was, after)

    def _gone_before_its_row(self, was: Entry, after: World) -> Iterator[str]:
        """An entry that goes for good leaves no row that gives access back; one is made again for another RoleId."""
        arn, role = without_path(was.arn), was.arn.rpartition("/")[2]
        made_again = any(roles[role].role_id != was.role_id for roles in self.truths if role in roles)
        if self.mode == BOTH and self.promise.revoked and arn in dict(our_rows(text_of(after))) and not made_again:
            yield f"the entry of {arn} went and its row stands"

    def _after_a_sweep(self, number: int, before: World, after: World) -> str | None:
        if what_is_foreign(before) != what_is_foreign(after):
            return "what is foreign changed"
        if number > 1 and self.mode == BOTH and (left := our_rows(text_of(after))):
            return f"rows are left beside entries: {left}"
        return entries_difference(after, self.truths[-1], self.mode)


def broken_after_sweeps(world: World, mode: str, look: Callable[[int, World, World], str | None]) -> str | None:
    """What is wrong after each of three sweeps in a world that has calmed down, by what ``look`` says of it."""
    calm = replace(world, iam=replace(world.iam, stale_reads=0, before=()), lost_answers=0)
    for number in (1, 2, 3):
        asked: list[Request] = []
        swept, result = at_once(calm, watched(sweep(100_000 * number, mode=mode), asked))
        broken = look(number, calm, swept)
        if result != "done":
            broken = f"it ended as {result}"
        if number == 3 and any(writes(request) for request in asked):
            broken = "a third sweep wrote again"
        if broken:
            return f"sweep {number}: {broken}"
        calm = swept
    return None


def _rows_broken(old: str, new: str) -> Iterator[str]:
    if theirs(old) != theirs(new):
        yield f"foreign bytes changed from {theirs(old)!r} to {theirs(new)!r}"
    before = dict(our_rows(old))
    for arn, groups in our_rows(new):
        if more := set(groups) - set(before.get(arn, ())):
            yield f"the row of {arn} got {sorted(more)} beside access entries"


def watched(program: Program, asked: list[Request]) -> Program:
    """The same program, whose requests are noted down."""

    def run(ask: Ask) -> str:
        def noting(request: Request) -> Answer:
            asked.append(request)
            return ask(request)

        return program(noting)

    return run


def writes(request: Request) -> bool:
    """Whether a request changes anything."""
    if isinstance(request, EksCall):
        return not request.reads
    return isinstance(request, Http) and request.method != "GET"
