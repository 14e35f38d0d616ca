"""Who may use how much of a sweep's time, and which cluster comes first: by a clock that stands still for nobody."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import permutations
from types import SimpleNamespace

import pytest

from registrar import limits
from registrar.errors import Unreachable
from registrar.limits import RESERVED_SECONDS, run_for, share_of_time, time_left
from registrar.model import Role
from registrar.policy import Cluster
from registrar.reconcile import ClusterResult, Runtime
from registrar.sinks.aws_auth import AwsAuth
from registrar.turns import in_turn
from tests.unit.memory import Rows, World, event, world
from tests.unit.samples import ACCOUNT, NOW, asks, policy_of

SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
RUN_SECONDS = 285.0
EVERY = timedelta(minutes=15)


@dataclass
class Clock:
    """``time.monotonic`` as a test sets it."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        """The seconds."""
        return self.seconds


@dataclass
class Slow(Rows):
    """A place whose reading takes so many seconds, if it is given them; ``had`` is what it was given."""

    clock: Clock = field(default_factory=Clock)
    needs: float = 1.0
    had: list[float] = field(default_factory=list)

    def read(self, *, whole: bool = False) -> AwsAuth:
        """Read, or use up all the time in vain."""
        left = time_left()
        self.had.append(left)
        self.clock.seconds += min(left, self.needs)
        if left < self.needs:
            raise Unreachable("no time left")
        return super().read(whole=whole)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the limits."""
    made = Clock()
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


def slow_world(clock: Clock, needs: dict[str, float], *roles: Role) -> World:
    """Clusters whose places take so many seconds."""
    head = "\nclusters:\n" + "".join(
        f"- {{name: {name}, account: '{ACCOUNT}', region: eu-west-1, mode: enforce}}\n" for name in needs
    )
    rules = f'\n- {{name: all, roles: ["/**"], clusters: [{", ".join(needs)}], allow: [view]}}\n'
    made = replace(world(*roles), policy=policy_of(rules, f"{head}rules:\n"))
    for name, seconds in needs.items():
        made.rows[name] = Slow(clock=clock, needs=seconds)
    return made


def swept(made: World, now: datetime = NOW) -> list[ClusterResult]:
    """The results of a sweep that begins at this time, in a function's time."""
    runtime = Runtime(now=lambda: now, pause=lambda _: None)
    with run_for(RUN_SECONDS):
        return list(replace(made.registrar(), runtime=runtime).settle([SWEEP]).results)


def done(results: list[ClusterResult]) -> set[str]:
    """The clusters that were settled."""
    return {result.cluster.tag for result in results if result.complete}


def given(made: World, name: str) -> list[float]:
    """The seconds that the readings of a cluster were given."""
    place = made.rows[name]
    assert isinstance(place, Slow)
    return place.had


def clusters_of(*names: str) -> tuple[Cluster, ...]:
    """Clusters of these names."""
    return slow_world(Clock(), dict.fromkeys(names, 1.0)).policy.clusters


@pytest.mark.parametrize(
    ("left", "parts", "reserve", "share"),
    [
        (285, 3, None, 95),  # an equal share
        (285, 3, 10, 265),  # all but the reserve of the other two
        (285, 1, 10, 285),  # nothing comes after it
        (60, 3, 10, 40),
        (24, 3, 10, 8),  # the reserves are nearly used up: an equal share of what is left
        (285, 58, 2.5, 142.5),
    ],
)
def test_the_share_of_one_part(clock: Clock, left: float, parts: int, reserve: float | None, share: float) -> None:
    """Never less than an equal one."""
    assert clock.seconds == 0
    with run_for(left), share_of_time(parts, reserve=reserve):
        assert time_left() == share >= left / parts


def test_where_a_run_has_no_end_nobody_has_a_share() -> None:
    """At the command line."""
    with share_of_time(7, reserve=RESERVED_SECONDS):
        assert time_left() == float("inf")


def test_a_single_cluster_has_nearly_all_the_time_for_its_reading(clock: Clock) -> None:
    """Thousands of entries take minutes: half of the time was not enough."""
    made = slow_world(clock, {"big": 200})
    assert done(swept(made)) == {"big"}
    assert given(made, "big") == [RUN_SECONDS - 2 * RESERVED_SECONDS]


@pytest.mark.parametrize("endless", [1, 6, 17])
def test_clusters_that_use_up_their_time_keep_it_from_no_other(clock: Clock, endless: int) -> None:
    """Those that drip, or are too large for any share: whichever comes first, the small ones are settled."""
    needs = {"a": 1.0, **{f"endless-{n}": 10_000.0 for n in range(endless)}, "b": 1.0, "c": 1.0}
    for number in range(20):
        clock.seconds = 0
        results = swept(slow_world(clock, needs), NOW + number * EVERY)
        assert done(results) == {"a", "b", "c"}
        assert [result.cluster.tag for result in results] == list(needs), "in the order of the configuration"


@pytest.mark.parametrize(
    "needs",
    [
        {"a": 150.0, "b": 150.0, "c": 150.0, "small": 1.0},
        {"a": 150.0, "b": 150.0, "small": 1.0},
        {**{f"of-60-s-{n}": 60.0 for n in range(10)}, "small": 1.0},
        {**{f"of-30-s-{n}": 30.0 for n in range(20)}, "small": 1.0},
    ],
    ids=["three large ones", "two neighbours", "ten of a minute", "twenty of half a minute"],
)
def test_each_of_several_large_clusters_gets_its_turn(clock: Clock, needs: dict[str, float]) -> None:
    """Not all of them fit into one run; in a day of sweeps each is settled, and more than once."""
    runs = []
    for number in range(96):
        clock.seconds = 0
        runs.append(done(swept(slow_world(clock, needs), NOW + number * EVERY)))
    assert all("small" in run for run in runs)
    assert all(run - {"small"} for run in runs), "each run gets on"
    assert all(sum(name in run for run in runs) > 5 for name in needs)


@pytest.mark.parametrize("count", range(2, 16))
def test_each_cluster_is_first_by_the_schedule(count: int) -> None:
    """900 seconds are a multiple of most of these counts: a remainder of the clock would be the same for ever."""
    clusters = clusters_of(*(f"c{number}" for number in range(count)))
    assert {in_turn(clusters, NOW + number * EVERY)[0] for number in range(96)} == set(clusters)


def test_which_one_is_first_is_a_matter_of_the_clock_alone() -> None:
    """The same at the same second; and the others follow in every order, so that nobody is always behind another."""
    clusters = clusters_of(*"abc")
    turns = {in_turn(clusters, NOW + timedelta(seconds=n)) for n in range(100)}
    assert turns == set(permutations(clusters))
    assert in_turn(clusters, NOW) == in_turn(clusters, NOW + timedelta(milliseconds=999))
    assert in_turn((), NOW) == ()


def test_events_have_equal_shares_in_the_order_of_the_configuration(clock: Clock) -> None:
    """A few entries are read for them, so none needs more than the others."""
    made = slow_world(clock, dict.fromkeys("abc", 10.0), asks("view", cluster="a"))
    with run_for(60):
        made.registrar().settle([event()])
    assert [given(made, name)[0] for name in "abc"] == [10.0, 10.0, 10.0]
