"""What must hold where rows are written and entries are read before them: the laws of rows, and some about entries.

step     an entry is never made nor changed by us, and none goes that is not ours; none goes before a row gives what it
         gave and IAM still names
quiet    once the records of all changes are done: nobody has more than IAM says by row or entry and, if nobody was
         killed or interfered, nobody has less
sweep    after one more sweep the rows are exactly what IAM says, after a second one no entry of ours is left and the
         bindings are right, and a third one writes nothing
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.memory.world import World
from tests.interleavings.as_iam_says import difference, granted, text_of
from tests.interleavings.entries_as_iam_says import (
    claimed_by_entries,
    is_ours,
    lives,
    rights_of,
    too_little,
    too_much,
    used_by_others,
    what_is_foreign,
    without_path,
)
from tests.interleavings.explore import Actor, State
from tests.interleavings.laws import Laws
from tests.interleavings.laws_of_entries import broken_after_sweeps
from tests.interleavings.registrar_actors import BOTH, BOTH_BY_ROWS
from tests.interleavings.rows_of_text import foreign_arns, our_rows


@dataclass
class LawsOfRowsBesideEntries(Laws):
    """The judge of a scenario in mode API_AND_CONFIG_MAP with ``backend: aws-auth``."""

    def step(self, before: State, actor: Actor, after: State) -> str | None:
        """The laws of each write of ours."""
        broken = next(self._entries(before.world, after.world), None) if actor.ours else None
        return f"step: {broken}" if broken else super().step(before, actor, after)

    def state(self, state: State) -> str | None:
        """Nobody has more than IAM says, whenever all records are done and no sweep is on its way."""
        if not self.promise.revoked or not self._all_done(state):
            return None
        broken = too_much(state.world, self.truths[state.world.iam.changes], BOTH)
        return f"quiet: {broken}" if broken else None

    def end(self, state: State) -> str | None:
        """What events alone must achieve, then what more sweeps must."""
        if self.promise.granted and state.kills == self.kills and self._all_done(state):
            broken = too_little(state.world, self.truths[-1], BOTH)
            if broken:
                return f"quiet: {broken}"
        if state.world not in self._swept:
            self._swept[state.world] = broken_after_sweeps(state.world, BOTH_BY_ROWS, self._after_sweep)
        return self._swept[state.world]

    def _entries(self, before: World, after: World) -> Iterator[str]:
        """What a write of ours to an entry breaks."""
        if before.eks is after.eks:
            return
        for arn in sorted({entry.arn for world in (before, after) for entry in world.eks.standing}):
            was, now = before.eks.find(arn), after.eks.find(arn)
            if was == now:
                continue
            if was is None or now is not None:
                yield f"the entry of {arn} was made or changed, where rows are written"
            elif not is_ours(was):
                yield f"the entry of {arn} is not ours and was deleted"
            elif lives(was, before) and not self._may_go(without_path(arn), rights_of(was), after):
                yield f"the entry of {arn} went before a row gave what it gave and IAM still names"

    def _may_go(self, arn: str, rights: set[str], after: World) -> bool:
        text = text_of(after)
        row = set(dict(our_rows(text)).get(arn, ()))
        said = self.truths[: after.iam.changes + 1]
        return arn in foreign_arns(text) or any(rights & granted(roles, arn) <= row for roles in said)

    def _after_sweep(self, number: int, before: World, after: World) -> str | None:
        if what_is_foreign(before) != what_is_foreign(after):
            return "what is foreign changed"
        if number > 1 and (left := [entry.arn for entry in after.eks.standing if is_ours(entry)]):
            return f"entries of ours are left beside rows: {left}"
        claimed, used = claimed_by_entries(after), used_by_others(after)
        return difference(after, self.truths[-1], before_sweep=number == 1, claimed=claimed, used_by_others=used)
