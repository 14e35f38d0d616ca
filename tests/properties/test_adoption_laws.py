"""Laws of adoption over any body of aws-auth: a row is replaced and all else stays, or nothing is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from registrar.adoption.row_text import cut_rows
from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.marks import Marks, owner_of
from registrar.sinks.map_roles import MapRoles, read_map_roles, write_map_roles
from registrar.sinks.role_mapping import RoleMapping
from tests.properties.aws_auth_bodies import any_bodies, our_row, tidy_bodies
from tests.properties.judge import Judge, running_judge

MARKS = Marks("eks-registrar")

law = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The authenticator's own ParseMap."""
    with running_judge() as found:
        yield found


def read(text: str) -> MapRoles:
    """A body that can be read and has a foreign row; any other is none of this law's business."""
    try:
        current = read_map_roles(text, MARKS)
    except AwsAuthUnreadable:
        assume(False)
        raise
    assume(current.foreign)
    return current


def is_subsequence(short: str, long: str) -> bool:
    """Whether a text comes out of another by taking characters away."""
    rest = iter(long)
    return all(letter in rest for letter in short)


@law
@given(st.one_of(tidy_bodies(), any_bodies()), st.integers(0, 9), st.booleans())
def test_a_row_is_replaced_and_every_other_stays(judge: Judge, text: str, number: int, written: bool) -> None:
    """As the authenticator itself reads the body before and after; and bytes only go, but for our row."""
    current = read(text)
    gone: RoleMapping = current.foreign[number % len(current.foreign)]
    try:
        rest, cut = cut_rows(current, [gone], MARKS)
        after = (
            write_map_roles(rest, [*rest.ours, our_row("new", ("eks-registrar:view",))], MARKS)
            if written
            else rest.text
        )
    except WriteWouldHarm:
        event("refused")
        return
    event("replaced" if written else "cut")
    assert cut
    assert is_subsequence(rest.text or "", text)
    before, found = judge.read(text), judge.read(after or "")
    assert before.readable == found.readable is True
    form = (gone.rolearn or "", None, gone.username, gone.groups, gone.userid)
    kept = [row for row in before.roles if owner_of(row[2], MARKS) is None and (row != form or gone.sso is not None)]
    theirs = [row for row in found.roles if owner_of(row[2], MARKS) is None]
    if gone.sso is None:
        assert theirs == kept
    if written:
        assert (our_row("new", ()).arn, ("eks-registrar:view",)) in [(row[0], row[3]) for row in found.roles]
