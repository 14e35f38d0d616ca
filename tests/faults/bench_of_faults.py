"""The bench itself: a situation, a fault, an invocation, an inquest, and the rerun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fault import End, Errand, Fault
from inquest import ForeignRole, Inquest, lost
from post import Batch, Post
from scene import Scene, Seen, sweeping

from lab.faults.function import Environment, Nursery
from lab.faults.rig import Rig
from lab.local_eks import LocalEks
from lab.parsemap import ParseMap
from lab.settings import CONFIG_MAP

# The timeout of the function that is deployed (infra/function.py; a test compares).
FUNCTION_TIMEOUT_S = 60


class Situation(Protocol):
    """A scene: what stands, what is asked for, and how all of it is put back."""

    def set(self, *, foreign_is_new: bool = False) -> Seen:
        """Put everything back; what stands then."""

    def seen(self) -> Seen:
        """What stands now."""

    def granting(self, role: str) -> dict[str, Any]:
        """The event of the tag of a role, of just now."""

    def revoking(self) -> dict[str, Any]:
        """The event that takes something from the leaver, of just now."""


Build = Callable[[LocalEks, Callable[[Mapping[str, Any]], None]], Situation]


@dataclass
class Bench:
    """Everything that the bench consists of.

    Attributes:
        undisturbed: what stands after a run without any fault.
        inputs: how many invocations have met a fault so far.
        rows_lost: over all of them.

    """

    rig: Rig
    nursery: Nursery
    with_clock: Nursery
    post: Post
    scene: Situation
    inquest: Inquest
    undisturbed: Seen
    inputs: int = 0
    rows_lost: int = 0
    _warm: Environment | None = None

    @classmethod
    def built(
        cls, rig: Rig, nursery: Nursery, with_clock: Nursery, parse_map: ParseMap, build: Build = Scene.built
    ) -> Bench:
        """Build the situation, and let it run once undisturbed."""
        post = Post.of(rig.lab)
        first = nursery.make(_environment(rig, post))
        scene = build(rig.lab, lambda bodies: _tell(first, post, bodies))
        inquest = Inquest(parse_map, ForeignRole.of(rig.lab))
        scene.set()
        _tell(first, post, {"grant": scene.granting("asker"), "revocation": scene.revoking()})
        _tell(first, post, {"sweep": sweeping()})
        return cls(rig, nursery, with_clock, post, scene, inquest, scene.seen(), _warm=first)

    def suffer(self, fault: Fault, errand: Errand) -> dict[str, End]:
        """Let an invocation meet a fault; then hold the inquest, let it run again, and hold it once more.

        Returns what became of the records, by their names. Raises what ``Environment.invoke`` raises: no fault may end
        an invocation before its time.
        """
        self.post.empty()
        before = self.scene.set(foreign_is_new=fault.foreign_is_new)
        function = self.function(fault)
        sent = self.post.batch(self.bodies_of(errand))
        ends = self.post.ends(sent, self.struck(function, fault, sent))
        self.examine(before, wiped=fault.wipes)
        self.run_again(function, before)
        return ends

    def struck(self, function: Environment, fault: Fault, sent: Batch) -> Any:
        """The function's answer while the fault lasts, which must really strike."""
        with fault.around(self.rig) if fault.around else nullcontext(()) as more:
            strikes = (*fault.strikes, *more)
            self.rig.script.arm(strikes)
            try:
                answer = function.invoke(sent.event, fault.clock_wrong_by_s)
            finally:
                self.rig.script.heal()
            assert self.rig.script.struck or not strikes, f"no strike among {self.rig.script.calls}"
        return answer

    def examine(self, before: Seen, *, wiped: bool = False) -> None:
        """The inquest after a run that a fault has met."""
        after = self.scene.seen()
        gone = lost(before, after, wiped=wiped)
        self.inquest.nobody_gains(before, after, self.undisturbed)
        self.inputs += 1
        self.rows_lost += len(gone)
        assert gone == []
        self.inquest.foreign_is_untouched(before, after)

    def run_again(self, function: Environment, before: Seen) -> None:
        """Undisturbed: the events once more bring about the rows, and a sweep all that events cannot know of."""
        again = {"grant": self.scene.granting("asker"), "revocation": self.scene.revoking()}
        _tell(function, self.post, {**again, "resident": self.scene.granting("resident")})
        seen = self.scene.seen()
        assert (seen.rows, seen.entries) == (self.undisturbed.rows, self.undisturbed.entries)
        _tell(function, self.post, {"sweep": sweeping()})
        after = self.scene.seen()
        self.inquest.foreign_is_untouched(before, after)
        assert (after.rows, after.entries) == (self.undisturbed.rows, self.undisturbed.entries)
        assert after.bindings == self.undisturbed.bindings

    def bodies_of(self, errand: Errand) -> dict[str, Any]:
        """What an invocation is given, by the names of its records."""
        if errand is Errand.SWEEP:
            return {"sweep": sweeping()}
        return {"grant": self.scene.granting("asker"), "revocation": self.scene.revoking(), "poison": "no event"}

    def function(self, fault: Fault | None = None) -> Environment:
        """A process of the function for a fault: the one that served last, if it lives and will do."""
        if fault is not None and fault.clock_wrong_by_s:
            return self._with_clock(warm=not fault.cold)
        if fault is not None and fault.cold:
            self.end()
        if self._warm is None or not self._warm.lives:
            self._warm = self.new_function()
        return self._warm

    def new_function(self) -> Environment:
        """A process that has not served yet."""
        return self.nursery.make(_environment(self.rig, self.post))

    def _with_clock(self, *, warm: bool) -> Environment:
        self.end()
        self._warm = self.with_clock.make(_environment(self.rig, self.post))
        if warm:
            _tell(self._warm, self.post, {"resident": self.scene.granting("resident")})
        return self._warm

    def end(self) -> None:
        """End the process that served last."""
        if self._warm is not None:
            self._warm.end()


@contextmanager
def bench_of(folder: Path, build: Build, *, text: str | None = None, mode: str = CONFIG_MAP) -> Iterator[Bench]:
    """A bench with its lab, its proxies and its processes, while the context lasts."""
    log = folder / "function.log"
    with (
        LocalEks.start(folder / "lab", text, with_function=False, mode=mode) as lab,
        Rig.before(lab, folder) as rig,
        Nursery(log, FUNCTION_TIMEOUT_S) as nursery,
        Nursery(log, FUNCTION_TIMEOUT_S, with_clock=True) as with_clock,
        ParseMap() as parse_map,
    ):
        bench = Bench.built(rig, nursery, with_clock, parse_map, build)
        yield bench
        bench.end()


def _environment(rig: Rig, post: Post) -> dict[str, str]:
    return {**rig.environment(), "REGISTRAR_DLQ_URL": post.dead_letter_url}


def _tell(function: Environment, post: Post, bodies: Mapping[str, Any]) -> None:
    """Tell the registrar something, undisturbed: all of it is done."""
    sent = post.told(bodies)
    assert post.ends(sent, function.invoke(sent.event)) == dict.fromkeys(bodies, End.DONE)
