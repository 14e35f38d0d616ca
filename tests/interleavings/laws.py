"""What must hold, step by step, when all is quiet, and after one more sweep.

step     a write of ours leaves every byte, object and field of others as it was; it leaves one row for a principal at
         most, and none for one whom a foreign row names; it is not made by an older IAM than the text that it replaces
quiet    once the records of all changes are done: no row gives more than IAM says and, if nobody was killed or
         interfered, none gives less, and behind each of its groups stands a binding
sweep    after one more sweep rows and bindings are exactly what IAM says, and a second one writes nothing
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lab.memory.requests import Answer, Request
from lab.memory.world import World
from registrar.sinks.aws_auth import PATH
from tests.interleavings.as_iam_says import MARK, Roles, difference, granted, loaded, text_of
from tests.interleavings.explore import Actor, State
from tests.interleavings.registrar_actors import sweep
from tests.interleavings.replay import Program
from tests.interleavings.rows_of_text import foreign_arns, our_rows, readable, theirs

HISTORY_PATH = r"/api/v1/namespaces/eks-registrar/configmaps/history-[0-9]"
SWEEP = "sweep"


@dataclass(frozen=True)
class Promise:
    """What the events alone achieve in a scenario, before any sweep.

    ``revoked``: no row gives more than IAM says. Not so where IAM's reads were eventual, or somebody put back an old
    text. ``granted``: everything that IAM says is there. Not so where an invocation was killed between two writes, or
    somebody took away what was ours. ``fresh``: IAM's reads were not eventual.
    """

    revoked: bool = True
    granted: bool = True
    fresh: bool = True


@dataclass
class Laws:
    """The judge of a scenario.

    ``truths`` are the roles of IAM after each number of changes, ``ours`` the numbers of the registrar's actors.
    """

    truths: tuple[Roles, ...]
    promise: Promise
    ours: tuple[int, ...]
    kills: int = 0
    _swept: dict[World, str | None] = field(default_factory=dict)

    def step(self, before: State, actor: Actor, after: State) -> str | None:
        """The laws of each write of ours."""
        if not actor.ours or before.world.api is after.world.api:
            return None
        old, new = dict(before.world.api.objects), dict(after.world.api.objects)
        for path in (path for path in new if new[path] != old.get(path)):
            was, now = (loaded(objects[path].text) if path in objects else None for objects in (old, new))
            broken = self._aws_auth(before, actor, was, now) if path == PATH else object_broken(path, was, now)
            for law in broken:
                return law
        return None

    def state(self, state: State) -> str | None:
        """Nobody has more than IAM says, whenever all records are done and no sweep is on its way."""
        if not self.promise.revoked or not self._all_done(state):
            return None
        roles = self.truths[state.world.iam.changes]
        for arn, groups in our_rows(text_of(state.world)):
            more = set(groups) - granted(roles, arn)
            if more:
                return f"quiet: {arn} has {sorted(more)}, which IAM does not grant"
        return None

    def end(self, state: State) -> str | None:
        """What events alone must achieve, then what one more sweep must."""
        if self.promise.granted and state.kills == self.kills and self._all_done(state):
            broken = difference(state.world, self.truths[-1], before_sweep=True)
            if broken:
                return f"quiet: {broken}"
        if state.world not in self._swept:
            self._swept[state.world] = self._after_a_sweep(state.world)
        return self._swept[state.world]

    def _all_done(self, state: State) -> bool:
        """Whether every one of ours has ended, and well: what was dead or given up is left to the sweep."""
        return all(state.positions[number] == "done" for number in self.ours)

    def _aws_auth(self, before: State, actor: Actor, was: Any, now: Any) -> Iterator[str]:
        """What a write of ours to aws-auth breaks."""
        if rest_of(was) != rest_of(now):
            yield "step: something else than mapRoles was changed in aws-auth"
        old, new = was["data"]["mapRoles"], now["data"]["mapRoles"]
        if not readable(old) or not readable(new):
            yield "step: a text was written, or written over, that the authenticator cannot read"
        if theirs(old) != theirs(new):
            yield f"step: foreign bytes changed from {theirs(old)!r} to {theirs(new)!r}"
        rows_before, rows = dict(our_rows(old)), dict(our_rows(new))
        if len(our_rows(new)) - len(rows) > len(our_rows(old)) - len(rows_before):
            yield "step: two rows for one principal"
        changed = {arn for arn in {*rows, *rows_before} if rows.get(arn) != rows_before.get(arn)}
        for arn in changed & rows.keys() & foreign_arns(new):
            yield f"step: a row for {arn}, for whom a foreign row speaks"
        if self.promise.fresh or actor.name == SWEEP:
            yield from self._older(before, changed, rows)

    def _older(self, before: State, changed: set[str], rows: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        """The order of the reads: what a write says was true after the text that it replaces had been written."""
        since = self.truths[before.written_after : before.world.iam.changes + 1]
        for arn in changed:
            groups = set(rows.get(arn, ()))
            if not any(self._may_stand(groups, granted(roles, arn)) for roles in since):
                yield f"step: {arn} gets {sorted(groups)} by an IAM that is older than the aws-auth that it replaces"

    def _may_stand(self, groups: set[str], said: set[str]) -> bool:
        """Whether a row with these groups may be written where IAM says those."""
        no_more = groups <= said or not self.promise.fresh
        no_less = groups >= said or not self.promise.granted
        return no_more and no_less

    def _after_a_sweep(self, world: World) -> str | None:
        calm = replace(world, iam=replace(world.iam, stale_reads=0, before=()), lost_answers=0)
        swept, result = at_once(calm, sweep(100_000))
        if result != "done":
            return f"sweep: it ended as {result}"
        broken = difference(swept, self.truths[-1]) or _same_foreign(world, swept)
        again, _ = at_once(swept, sweep(200_000))
        if not broken and again.api != swept.api:
            broken = "a second sweep wrote again"
        return f"sweep: {broken}" if broken else None


def at_once(world: World, program: Program) -> tuple[World, str]:
    """A program run to its end with nobody else about."""
    worlds = [world]

    def ask(asked: Request) -> Answer:
        after, answer = next(iter(worlds[-1].outcomes(asked)))
        worlds.append(after)
        return answer

    result = program(ask)
    return worlds[-1], result


def _same_foreign(before: World, after: World) -> str | None:
    if theirs(text_of(before)) != theirs(text_of(after)):
        return "foreign bytes of aws-auth changed"
    return None


def object_broken(path: str, was: Any, now: Any) -> Iterator[str]:
    """What a write of ours to another object breaks: only bindings are made, changed or deleted, and only ours.

    The history is replaced in the objects that the manifests made for it.
    """
    if re.fullmatch(HISTORY_PATH, path) and was and now:
        return
    if "bindings/eks-registrar:" not in path:
        yield f"step: {path} was touched"
    if any(body is not None and body["metadata"].get("labels") != MARK for body in (was, now)):
        yield f"step: {path} is not ours and was touched"


def rest_of(body: Any) -> Any:
    """An object without what we may change in it, and its version."""
    metadata = {key: value for key, value in body["metadata"].items() if key != "resourceVersion"}
    return {**body, "metadata": metadata, "data": {k: v for k, v in body["data"].items() if k != "mapRoles"}}
