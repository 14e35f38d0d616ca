"""Every order in which some actors can take their steps, each of which is one remote call; equal states are met once.

Breadth first, so that the schedule that breaks a law is one of the shortest. How many schedules there are is counted
over the graph of the states: the paths from the beginning to an end. A read of what nobody ever writes is taken at
once: its place in the order makes no difference to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from lab.memory.requests import Answer, Request
from lab.memory.world import World
from tests.interleavings.replay import Moment, Program
from tests.interleavings.worlds import Known, Worlds

RETRY = "retry"
KILLED = "killed"

Position: TypeAlias = Moment | str  # where an actor stands, or the result with which it has ended


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. ``runs`` are its program's runs: the next is begun if one asks for a retry or is killed.

    It begins after so many changes in IAM. ``ours`` says that it is the registrar; only that can be killed.
    """

    name: str
    runs: tuple[Program, ...]
    begins_after: int = 0
    ours: bool = True


class State(NamedTuple):
    """The world and where everybody stands in it; ``kills`` is how many more of ours may be killed.

    ``written_after`` is how many changes of IAM had been made when the aws-auth that stands now was written.
    """

    known: Known
    positions: tuple[Position, ...]
    kills: int
    written_after: int

    @property
    def world(self) -> World:
        """The world itself."""
        return self.known.world


class Step(NamedTuple):
    """One line of a schedule. Nothing is asked where somebody is killed before the call."""

    actor: Actor
    asked: Request | None
    answer: Answer | str
    killed: bool = False

    def __str__(self) -> str:
        told = f"{self.actor.name}: {self.asked} → {self.answer}" if self.asked else self.actor.name
        return f"{told}, killed" if self.killed else told


class Judge(Protocol):
    """The laws. Each answer is what is broken, or ``None``."""

    def step(self, before: State, actor: Actor, after: State) -> str | None:
        """Whether an actor may take this step."""

    def state(self, state: State) -> str | None:
        """Whether this state may be."""

    def end(self, state: State) -> str | None:
        """Whether it may end so."""


class LawBroken(AssertionError):
    """A law was broken; the message has the schedule that did it."""


@dataclass(frozen=True)
class Explored:
    """What was walked through. ``histories`` counts how often the registrar's code was run, or somebody else's."""

    schedules: int
    states: int
    steps: int
    worlds: int
    histories: int


@dataclass
class Explorer:
    """Walks through everything that can happen; ``steady`` says which reads are of something that nobody writes."""

    actors: Sequence[Actor]
    judge: Judge
    steady: Callable[[Request], bool]
    _worlds: Worlds = field(default_factory=Worlds)
    _first: dict[tuple[int, int], Moment] = field(default_factory=dict)
    _came_from: dict[State, tuple[State, Step] | None] = field(default_factory=dict)
    _following: dict[State, list[State]] = field(default_factory=dict)

    def explore(self, start: World, kills: int = 0) -> Explored:
        """Walk through all. Raises ``LawBroken``."""
        positions = tuple(self._begin(number, 0) for number in range(len(self.actors)))
        first = State(self._worlds.know(start), positions, kills, 0)
        self._came_from[first] = None
        waiting = [first]
        while waiting:
            waiting = [after for state in waiting for after in self._leave(state)]
        steps = sum(map(len, self._following.values()))
        histories = sum(moment.count() for moment in self._first.values())
        return Explored(_paths(first, self._following), len(self._following), steps, len(self._worlds), histories)

    def _leave(self, state: State) -> Iterator[State]:
        """Take every step from a state; the states that nobody has been in before."""
        ways = list(self._ways(state))
        self._following[state] = [after for _, after in ways]
        if not ways:
            self._require(self.judge.end(state), state)
        for step, after in ways:
            self._require(self.judge.step(state, step.actor, after), state, step)
            if after not in self._came_from:
                self._came_from[after] = (state, step)
                self._require(self.judge.state(after), after)
                yield after

    def _ways(self, state: State) -> Iterator[tuple[Step, State]]:
        """Every step that can be taken next."""
        for number, moment in enumerate(state.positions):
            if isinstance(moment, Moment) and moment.asks is not None and self.steady(moment.asks):
                yield from self._answered(state, number, moment)
                return
        for number, moment in enumerate(state.positions):
            actor = self.actors[number]
            if isinstance(moment, str) or (moment.run == 0 and state.world.iam.changes < actor.begins_after):
                continue
            yield from self._answered(state, number, moment)
            if actor.ours and state.kills and moment.answers:
                yield Step(actor, None, "", killed=True), self._killed(state, number, moment, state.known)

    def _answered(self, state: State, number: int, moment: Moment) -> Iterator[tuple[Step, State]]:
        """The steps of one actor; with its last answer it may also be killed, before it can say that it is done."""
        assert moment.asks is not None
        actor = self.actors[number]
        for known, answer in self._worlds.outcomes(state.known, moment.asks):
            after = moment.after(answer)
            yield Step(actor, moment.asks, answer), _moved(state, number, self._at(number, after), known, state.kills)
            if actor.ours and state.kills and after.result is not None:
                yield Step(actor, moment.asks, answer, killed=True), self._killed(state, number, moment, known)

    def _killed(self, state: State, number: int, moment: Moment, known: Known) -> State:
        more = moment.run + 1 < len(self.actors[number].runs)
        return _moved(state, number, self._begin(number, moment.run + 1) if more else KILLED, known, state.kills - 1)

    def _begin(self, number: int, run: int) -> Position:
        if (number, run) not in self._first:
            self._first[number, run] = Moment(self.actors[number].runs[run], run)
        return self._at(number, self._first[number, run])

    def _at(self, number: int, moment: Moment) -> Position:
        """A moment, or what comes after the end of a run."""
        if moment.result is None:
            return moment
        if moment.result != RETRY or moment.run + 1 == len(self.actors[number].runs):
            return moment.result
        return self._begin(number, moment.run + 1)

    def _require(self, broken: str | None, state: State, *last: Step) -> None:
        if broken is None:
            return
        steps, before = [*last], self._came_from[state]
        while before is not None:
            steps.append(before[1])
            before = self._came_from[before[0]]
        lines = [f"{number:3} {one}" for number, one in enumerate(reversed(steps), 1)]
        raise LawBroken("\n".join([broken, "The schedule:", *lines]))


def _moved(state: State, number: int, position: Position, known: Known, kills: int) -> State:
    positions = (*state.positions[:number], position, *state.positions[number + 1 :])
    rewritten = known is not state.known and known.aws_auth != state.known.aws_auth
    return State(known, positions, kills, known.world.iam.changes if rewritten else state.written_after)


def _paths(first: State, following: dict[State, list[State]]) -> int:
    """The number of ways from the first state to an end."""
    counts: dict[State, int] = {}
    waiting = [first]
    while waiting:
        state = waiting[-1]
        missing = [after for after in following[state] if after not in counts]
        if missing:
            waiting += missing
            continue
        counts[state] = sum(counts[after] for after in following[state]) or 1
        waiting.pop()
    return counts[first]
