"""The gauges of access entries: set by a sweep of a cluster that has them, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

from registrar.errors import Throttled, TooLarge
from registrar.held import Held
from registrar.metrics import Metric, counts
from registrar.model import RbacView
from registrar.plan import make_plan
from registrar.result import ClusterResult
from tests.unit.samples import policy_of, ref

POLICY = policy_of('\n- {name: r, roles: ["/**"], clusters: [prod], allow: [view]}\n')
SWEPT = ClusterResult(
    POLICY.clusters[0], plan=make_plan((), Held(()), {}, RbacView(), POLICY.marks), whole=True, entries=7, rows=2,
    dead=("one", "another"),
)  # fmt: skip
GAUGES = {Metric.ACCESS_ENTRIES, Metric.DEAD_ENTRIES}


def test_a_sweep_counts_all_entries_and_the_dead_ones_of_others() -> None:
    """Ours beside them, as rows."""
    found = counts(SWEPT)
    assert (found[Metric.ACCESS_ENTRIES], found[Metric.DEAD_ENTRIES], found[Metric.ROWS]) == (7, 2, 2)


def test_a_cluster_on_aws_auth_has_no_such_gauge() -> None:
    """A nought would look like a cluster whose entries are all gone."""
    assert not GAUGES & set(counts(replace(SWEPT, entries=None, dead=())))


def test_a_sweep_counts_who_could_not_be_given_something_for_good() -> None:
    """A cluster that is full shows nowhere else; what is tried again is no standing failure."""
    failed = replace(SWEPT, errors={ref("alice"): TooLarge("full"), ref("bob"): Throttled("later")})
    assert counts(failed)[Metric.STANDING_FAILED] == 1
    assert counts(SWEPT)[Metric.STANDING_FAILED] == 0


def test_a_sweep_counts_what_was_put_out_of_its_reach() -> None:
    """An alarm rings on this gauge: somebody keeps access that no removal takes."""
    assert counts(replace(SWEPT, hidden=("a row",)))[Metric.STANDING_FAILED] == 1


def test_an_event_sets_no_gauge() -> None:
    """It has not read all of them."""
    assert not GAUGES & set(counts(replace(SWEPT, whole=False, entries=None, dead=())))
