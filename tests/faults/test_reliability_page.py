"""What the bench says of itself: its page, its timeout, its catalogue."""

from __future__ import annotations

import re
from collections import Counter

from bench_of_faults import FUNCTION_TIMEOUT_S
from catalogue import FAULTS
from fault import Errand
from of_entries import FAULTS as OF_ENTRIES
from reliability_page import faults_in_it
from tally import COLUMNS, NOT_RUN

from registrar.limits import FUNCTION_SECONDS

ALL = (*FAULTS, *(fault for faults in OF_ENTRIES.values() for fault in faults))


def test_the_page_has_exactly_the_faults_of_the_catalogue_and_their_outcomes() -> None:
    """The page is of this catalogue; only its counts are of the run that wrote it."""
    killed = re.compile(r"(killed )?(before|after) each of \d+ (calls|writes) of a (grant|revocation|sweep)")
    written = [row for row in faults_in_it() if not killed.fullmatch(row[0])]
    expected = []
    for fault in ALL:
        ends = {name: end.value for errand in Errand for name, end in fault.ends.of(errand).items()}
        expected.append((fault.name, *(ends.get(name, NOT_RUN) for name in COLUMNS[1:-1]), "0"))
    assert written == expected


def test_the_names_of_faults_are_unique() -> None:
    """A row of the table is one fault."""
    assert [name for name, count in Counter(fault.name for fault in ALL).items() if count > 1] == []


def test_the_bench_ends_an_invocation_before_lambda_would() -> None:
    """No later than that: with less time than the deployed function has, the bench asks for more."""
    assert FUNCTION_SECONDS >= FUNCTION_TIMEOUT_S
