"""Every fault of the catalogue, one at a time: nothing foreign changes, and in the end all is as it was asked for."""

from __future__ import annotations

import pytest
from bench_of_faults import Bench
from catalogue import FAULTS
from fault import Errand, Fault
from tally import FAILED, tally

CASES = [pytest.param(f, e, id=f"{f.name} ({e.value})") for f in FAULTS for e in f.errands]


@pytest.mark.parametrize(("fault", "errand"), CASES)
def test_a_fault_costs_nobody_anything(bench: Bench, fault: Fault, errand: Errand, pytestconfig: pytest.Config) -> None:
    """The records end as the catalogue says, the inquest finds no harm, a rerun converges to the undisturbed state."""
    row, before = tally(pytestconfig).row(fault.area, fault.name), bench.rows_lost
    expected = fault.ends.of(errand)
    row.ends |= dict.fromkeys(expected, FAILED)
    try:
        ends = bench.suffer(fault, errand)
        assert ends == expected
        row.ends |= {name: end.value for name, end in ends.items()}
    finally:
        row.lost += bench.rows_lost - before
        tally(pytestconfig).inputs = bench.inputs
