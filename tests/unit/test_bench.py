"""What of the benchmarks is pure: the tables, the order of turns, and the bodies that are measured on."""

import inspect
import re
from collections import Counter

import pytest

from bench.audit import Sent
from bench.counting import COLUMNS, Counted
from bench.invocation import Invocation
from bench.one_event import shown
from bench.package import requirements
from bench.stage import BY_HAND, FOREIGN_ROWS, PLAIN, foreign_rows
from bench.table import Sample, Table, milliseconds, rotated
from registrar import handler
from registrar.marks import Marks
from registrar.sinks.map_roles import read_map_roles

MARKS = Marks("eks-registrar")


def test_a_table_reads_the_same_on_a_terminal_and_in_markdown() -> None:
    """Columns are as wide as their widest cell, and the rule under the head is Markdown's."""
    table = Table("Memory", "Peaks.", ("moment", "MiB"), (("cold", "95"), ("after ten more", "101")))

    assert table.text().splitlines() == [
        "## Memory",
        "",
        "Peaks.",
        "",
        "| moment         | MiB |",
        "|----------------|-----|",
        "| cold           | 95  |",
        "| after ten more | 101 |",
    ]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    """A figure can never stand under another column's head."""
    with pytest.raises(ValueError, match="Memory: a row has not 2 cells"):
        Table("Memory", "Peaks.", ("moment", "MiB"), (("cold",),))


def test_a_ratio_compares_medians_so_that_one_slow_round_does_not_count() -> None:
    """An outlier on either side leaves the ratio alone."""
    floor, ours = Sample((0.010, 0.010, 9.0)), Sample((0.015, 0.015, 0.001))

    assert ours.times(floor) == "1.50"
    assert milliseconds(Sample((0.001, 0.002, 0.003, 0.004, 0.100))) == "3.0 (2.0-4.0)"


def test_every_program_begins_a_round_and_none_is_left_out() -> None:
    """The turns are A B C, B C A, C A B."""
    assert [rotated("abc", number) for number in range(4)] == [tuple("abc"), tuple("bca"), tuple("cab"), tuple("abc")]


def test_requests_are_told_in_a_reader_s_words() -> None:
    """Calls of AWS first, then the API server's requests in their order."""
    sent = [Sent("get", "configmaps"), Sent("create", "rolebindings"), Sent("patch", "configmaps")]

    assert shown(sent, {"GetRole": 2}) == "2 GetRole, GET aws-auth, POST binding, PATCH aws-auth"


def test_reads_and_writes_of_aws_auth_are_counted_apart() -> None:
    """Each request falls into one column, and the last column is their sum."""
    kubernetes = [Sent("get", "configmaps"), Sent("get", "rolebindings"), Sent("delete", "rolebindings")]
    counted = Counted(Counter([*kubernetes, Sent("patch", "configmaps")]), Counter({"GetRole": 2}))

    assert dict(zip(COLUMNS[1:], counted.cells(), strict=True)) == {
        "aws-auth read": "1",
        "aws-auth written": "1",
        "history": "0",
        "bindings read": "1",
        "bindings written": "1",
        "ClusterRoles, namespaces read": "0",
        "GetRole": "2",
        "DescribeCluster": "0",
        "all": "6",
    }


def test_the_context_of_the_bench_has_what_the_handler_reads_of_lambda_s() -> None:
    """The bench is run by hand: nothing else would tell before."""
    read = set(re.findall(r"\bcontext\.(\w+)", inspect.getsource(handler)))
    assert "get_remaining_time_in_millis" in read
    assert read <= set(dir(Invocation()))
    assert Invocation().get_remaining_time_in_millis() > handler.RESERVE_SECONDS * 1000


def test_both_bodies_hold_the_same_500_foreign_rows() -> None:
    """They differ in how people wrote them, not in what the authenticator reads."""
    plain, by_hand = (read_map_roles(foreign_rows(style), MARKS) for style in (PLAIN, BY_HAND))

    assert len(plain.foreign) == FOREIGN_ROWS
    assert plain.foreign == by_hand.foreign
    assert not plain.ours


def test_the_package_that_is_measured_holds_what_the_lock_file_pins() -> None:
    """Names are read from the pins alone: not from hashes, comments or markers."""
    lock = "boto3==1.43.108 \\\n    --hash=sha256:00\n    # via eks-registrar\nsix==1.17.0 ; python_version < '4'\n"

    assert requirements(lock) == ["boto3", "six"]
