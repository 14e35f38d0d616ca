"""The process of the function is killed at every remote call in turn: the next one ends what it has begun."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from bench_of_faults import Bench
from scene import sweeping
from tally import FAILED, tally

from lab.faults.function import Killed
from lab.faults.harm import Kill, Moment
from lab.faults.script import Strike
from registrar.eks.token import TOKEN_PREFIX

BODIES: Mapping[str, Callable[[Bench], Any]] = {
    "grant": lambda bench: bench.scene.granting("asker"),
    "revocation": lambda bench: bench.scene.revoking(),
    "sweep": lambda _: sweeping(),
}
AREA = "SIGKILL"


@dataclass(frozen=True)
class Death:
    """At which call of an invocation its process dies; the first is number 0."""

    number: int
    moment: Moment
    call: str


@pytest.mark.parametrize("name", BODIES)
def test_a_process_that_is_killed_at_any_call_leaves_nothing_that_the_next_does_not_finish(
    bench: Bench, name: str, pytestconfig: pytest.Config
) -> None:
    """Counted on an undisturbed run; then one process for each of its calls, killed there, and a rerun after each."""
    deaths = all_deaths(undisturbed_calls(bench, BODIES[name](bench)))
    for moment in Moment:
        some = [death for death in deaths if death.moment is moment]
        row = tally(pytestconfig).row(AREA, f"{moment.value} each of {len(some)} calls of a {name}")
        row.ends[name] = FAILED
        for death in some:
            kill_and_rerun(bench, {name: BODIES[name](bench)}, death)
        row.ends[name] = "finished by the next"
        tally(pytestconfig).inputs = bench.inputs


def test_no_token_stands_in_what_the_function_prints(bench: Bench) -> None:
    """Not in all its errors either: this comes after every fault of the session."""
    printed = bench.nursery.log.read_text()
    assert '"service":"eks-registrar"' in printed
    assert TOKEN_PREFIX not in printed
    assert "X-Amz-Signature" not in printed


def undisturbed_calls(bench: Bench, body: Any) -> Sequence[str]:
    """The remote calls of a cold invocation."""
    bench.post.empty()
    bench.scene.set(foreign_is_new=True)
    bench.end()
    bench.rig.script.arm(())
    bench.function().invoke(bench.post.batch({"one": body}).event)
    return bench.rig.script.calls


def all_deaths(calls: Sequence[str]) -> list[Death]:
    """Before each call; and after those that change something, for of a call that only reads nothing is left behind."""
    before = [Death(number, Moment.BEFORE, call) for number, call in enumerate(calls)]
    return before + [Death(d.number, Moment.AFTER, d.call) for d in before if changes_something(d.call)]


def changes_something(call: str) -> bool:
    """Whether a server is another one after it."""
    return not call.startswith(("GET ", "iam:Get", "eks:Describe", "eks:List"))


def kill_and_rerun(bench: Bench, bodies: dict[str, Any], death: Death) -> None:
    """One process that dies, the inquest, and a rerun by another one."""
    bench.post.empty()
    before = bench.scene.set(foreign_is_new=True)
    doomed = bench.new_function()
    bench.rig.script.arm([Strike("*", Kill(death.moment, doomed.pid), times=1, after=death.number)])
    with pytest.raises(Killed):
        doomed.invoke(bench.post.batch(bodies).event)
    bench.rig.script.heal()
    assert kind(bench.rig.script.calls[-1]) == kind(death.call), "another call than that of the undisturbed run"
    bench.post.empty()
    bench.examine(before)
    bench.run_again(bench.function(), before)


def kind(call: str) -> str:
    """A call, whichever place of the history it is about: bodies are kept in turn."""
    return re.sub(r"history-\d", "history", call)
