"""Every fault where access is written as entries: nobody gains, nothing foreign changes, and the next run heals all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bench_of_faults import Bench, bench_of
from fault import Errand, Fault
from of_entries import AREAS, FAULTS
from scene_of_entries import SceneOfEntries
from tally import FAILED, tally
from test_killer import BODIES, all_deaths, changes_something, kill_and_rerun, undisturbed_calls

from lab.faults.harm import Moment
from lab.settings import API, API_AND_CONFIG_MAP, CONFIGURATION

ALLOWED = 'allow: [view, "view@*", "edit@*", "group=oncall", "policy=AmazonEKSViewPolicy@*"]'
CASES = [
    pytest.param(mode, f, e, id=f"{f.name} ({e.value})")
    for mode, faults in FAULTS.items()
    for f in faults
    for e in f.errands
]
# In the order of the catalogue's last bench first: it is open by then.
KILLED = [(API_AND_CONFIG_MAP, "sweep"), (API, "grant"), (API, "revocation")]


@dataclass
class Benches:
    """The bench of one mode after the other: two labs at once would only be slower."""

    folder: Path
    _open: ExitStack = field(default_factory=ExitStack)
    _bench: tuple[str, Bench] | None = None

    def of(self, mode: str) -> Bench:
        """The bench of a mode; that of another one ends."""
        if self._bench is None or self._bench[0] != mode:
            self.close()
            text = CONFIGURATION.read_text().replace('allow: [view, "view@*", "edit@*", "group=oncall"]', ALLOWED)
            bench = bench_of(self.folder / mode, SceneOfEntries.built, text=text, mode=mode)
            self._bench = (mode, self._open.enter_context(bench))
        return self._bench[1]

    def close(self) -> None:
        """End the bench that is open."""
        self._open.close()


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    """The benches of this module."""
    found = Benches(tmp_path_factory.mktemp("entries"))
    yield found
    found.close()


@pytest.mark.parametrize(("mode", "fault", "errand"), CASES)
def test_a_fault_costs_nobody_anything_where_access_is_written_as_entries(
    benches: Benches, mode: str, fault: Fault, errand: Errand, pytestconfig: pytest.Config
) -> None:
    """The records end as the catalogue says, the inquest finds no harm, a rerun converges to the undisturbed state."""
    entries = benches.of(mode)
    row, inputs, lost = tally(pytestconfig).row(fault.area, fault.name), entries.inputs, entries.rows_lost
    expected = fault.ends.of(errand)
    row.ends |= dict.fromkeys(expected, FAILED)
    try:
        ends = entries.suffer(fault, errand)
        assert ends == expected
        row.ends |= {name: end.value for name, end in ends.items()}
    finally:
        row.lost += entries.rows_lost - lost
        tally(pytestconfig).inputs += entries.inputs - inputs


@pytest.mark.parametrize(("mode", "name"), KILLED)
def test_a_process_that_is_killed_at_any_write_leaves_nothing_that_the_next_does_not_finish(
    benches: Benches, mode: str, name: str, pytestconfig: pytest.Config
) -> None:
    """Killed before and after each call that changes something, whether to EKS or to the API server."""
    entries = benches.of(mode)
    deaths = all_deaths(undisturbed_calls(entries, BODIES[name](entries)))
    for moment in Moment:
        some = [death for death in deaths if death.moment is moment and changes_something(death.call)]
        row = tally(pytestconfig).row(AREAS[mode], f"killed {moment.value} each of {len(some)} writes of a {name}")
        row.ends[name] = FAILED
        before = entries.inputs
        for death in some:
            kill_and_rerun(entries, {name: BODIES[name](entries)}, death)
        row.ends[name] = "finished by the next"
        tally(pytestconfig).inputs += entries.inputs - before
