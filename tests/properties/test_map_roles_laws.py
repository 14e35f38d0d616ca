"""Laws of aws-auth, over any body at all, with the authenticator's own ParseMap as the judge."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.marks import Marks
from registrar.model import Row
from registrar.sinks import plain_rows
from registrar.sinks.authenticator_yaml import read_any, read_body
from registrar.sinks.body import Body
from registrar.sinks.map_roles import MapRoles, read_map_roles, write_map_roles
from tests.properties.aws_auth_bodies import INSTALLATION, any_bodies, our_rows, tidy_bodies
from tests.properties.judge import Judge, Mapped, running_judge

MARKS = Marks("eks-registrar")

law = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

# The keys of a row, what stands behind a value, what a value is, and lines that say nothing. The odd ones the short cut
# must leave alone, or most of them.
_KEYS = ("rolearn username groups", "groups rolearn username", "username groups rolearn", "userid groups")
_ENDS = ("", " # c", "   # username: eve", " #", "  ", " # é\u00a0'\"]", "   # groups: [x]")
_ODD_ENDS = ("#c", "\t# c", " # a\u2028- b", " # \x07", " # \x85", " # \ufeff", " #\r", " x # c", ": # c")
_VALUES = ("a", "system:masters", "x:1", '"a # b"', "'a, b'", "'say \"x\"'", '"]"', '"- y"', '""', "' #'")
_ODD_VALUES = ("y", "null", "12", "a,b", "a#b", "a b", "a:", "a: b", "a::b", "s{{x}}", "'a''b'", '"\\x41"', "*a")
_SILENT = ("", "", "", "\n", "# c\n", "     # - rolearn: x\n", "  \n")
_BITS = ("\n", " ", "  ", "#", " #", "\t", "'", '"', ":", "- ", "[", "]", ", ", "\r", "\u0085", "\u2029", "?")


def _row(draw: st.DrawFn, value: st.SearchStrategy[str], end: st.SearchStrategy[str]) -> str:
    lines = []
    for key in draw(st.sampled_from(_KEYS)).split():
        if key != "groups":
            field = f"{key}: {draw(value)}"
        elif draw(st.booleans()):
            field = f"groups: [{', '.join(draw(st.lists(value, max_size=3)))}]"
        else:
            field = f"groups:{draw(end)}\n{draw(st.sampled_from(_SILENT))}  - {draw(value)}"
        lines.append(f"{field}{draw(end)}\n{draw(st.sampled_from(_SILENT))}")
    return "  ".join(lines)


@st.composite
def hand_edited_bodies(draw: st.DrawFn) -> str:
    """Block rows with comments and lists in brackets; most have nothing odd in them, many one thing, few more."""
    value, end = st.sampled_from(_VALUES * 20 + _ODD_VALUES), st.sampled_from(_ENDS * 20 + _ODD_ENDS)
    text = "".join(f"- {_row(draw, value, end)}" for _ in range(draw(st.integers(1, 3))))
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(_BITS + ("",) * 50)) + text[at:]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The authenticator's own ParseMap."""
    with running_judge() as found:
        yield found


def mapped(body: Body) -> tuple[Mapped, ...]:
    """The rows of a body that the authenticator keeps, in the judge's form."""
    rows = (entry.mapping for entry in body.entries if entry.mapping.is_mapped)
    return tuple(
        (
            row.rolearn or "",
            (row.sso.permission_set, row.sso.account, row.sso.partition) if row.sso else None,
            row.username,
            row.groups,
            row.userid,
        )
        for row in rows
    )


def is_ours(row: Mapped) -> bool:
    """Whether a row of the judge carries our username."""
    return row[2].startswith(f"{INSTALLATION}:")


def without_break(text: str) -> str:
    """The text without a line break behind an opening bracket at its start."""
    return "[" + text[2:] if text.startswith("[\n") else text


def readable(text: str) -> MapRoles:
    """The body, or another example if it cannot be read."""
    try:
        return read_map_roles(text, MARKS)
    except AwsAuthUnreadable:
        event("unreadable")
        assume(False)
        raise


def written(current: MapRoles, rows: list[Row]) -> str:
    """What writing gives, or another example if it is refused."""
    try:
        text = write_map_roles(current, rows, MARKS)
    except WriteWouldHarm:
        event("refused")
        assume(False)
        raise
    assert text is not None
    return text


@law
@given(text=any_bodies())
def test_what_is_accepted_is_read_as_the_authenticator_reads_it(judge: Judge, text: str) -> None:
    """For any text that we accept, our rows are those of ParseMap, one by one; what it cannot read we refuse."""
    verdict = judge.read(text)
    try:
        body = read_body(text)
    except AwsAuthUnreadable:
        return
    assert verdict.readable
    assert mapped(body) == verdict.roles


@law
@given(text=any_bodies())
def test_the_pure_python_parser_reads_as_the_authenticator_too(judge: Judge, text: str) -> None:
    """Without PyYAML's C parser more may be refused, and what is accepted is the same."""
    verdict = judge.read(text)
    with patch.object(yaml, "__with_libyaml__", False):
        try:
            body = read_any(text)
        except AwsAuthUnreadable:
            return
    assert verdict.readable
    assert mapped(body) == verdict.roles


@law
@given(text=any_bodies())
def test_the_short_cut_is_the_full_parser(text: str) -> None:
    """Whatever the short cut accepts, the full parser reads alike, positions included."""
    short = plain_rows.read(text)
    if short is not None and text.strip():
        assert short == read_any(text)


@settings(law, max_examples=300)
@given(text=hand_edited_bodies())
def test_the_short_cut_reads_comments_and_lists_as_the_authenticator_does(judge: Judge, text: str) -> None:
    """With comments and lists in brackets, what the short cut accepts is what the full parser and ParseMap read."""
    short = plain_rows.read(text)
    event("left alone" if short is None else "taken")
    if short is not None:
        verdict = judge.read(text)
        assert short == read_any(text)
        assert verdict.readable
        assert mapped(short) == verdict.roles


@law
@given(text=tidy_bodies(), rows=our_rows())
def test_foreign_rows_survive_any_write(judge: Judge, text: str, rows: list[Row]) -> None:
    """ParseMap finds the same foreign rows before and after, and of ours exactly the rows that were to be written."""
    after = written(readable(text), rows)
    before_rows, after_rows = judge.read(text).roles, judge.read(after).roles
    assert [row for row in after_rows if not is_ours(row)] == [row for row in before_rows if not is_ours(row)]
    if after != text:
        ours = [(row[0], row[2], row[3]) for row in after_rows if is_ours(row)]
        assert ours == [(row.arn, row.username, row.groups) for row in sorted(rows)]


@law
@given(text=any_bodies(with_ours=False), rows=our_rows(min_size=1))
def test_foreign_bytes_survive_any_write(text: str, rows: list[Row]) -> None:
    """Where no row of ours stood before, the new text is our lines put into the old text, which is whole."""
    current = readable(text)
    assume(not current.ours)
    after = written(current, rows)
    ours = [line for line in after.split("\n") if f'"username": "{INSTALLATION}:' in line]
    first = after.index(ours[0][ours[0].index("{") :]) - (len(ours[0]) - len(ours[0].lstrip(" -")))
    length = len("".join(line + "\n" for line in ours[: len(rows)]))
    rest = after[:first] + after[first + length :]
    assert rest == text or (text.startswith("[") and rest == text.replace("[", "[\n", 1))


@law
@given(text=any_bodies(), rows=our_rows())
def test_writing_is_idempotent(text: str, rows: list[Row]) -> None:
    """What was written is canonical, reads back as written, and writing the same rows again changes nothing."""
    after = written(readable(text), rows)
    again = read_map_roles(after, MARKS)
    assert write_map_roles(again, rows, MARKS) == after
    if after != text:
        assert again.our_form_is_canonical
        assert list(again.ours) == sorted(rows)


@law
@given(text=any_bodies())
def test_parse_and_render_is_the_identity(text: str) -> None:
    """Writing the rows that were found gives the same text, byte for byte, if they are in our form already."""
    current = readable(text)
    assume(current.our_form_is_canonical)
    assert write_map_roles(current, current.ours, MARKS) == text


@settings(law, max_examples=60)  # of six examples it can use one
@given(text=tidy_bodies(), first=our_rows(), second=our_rows())
def test_the_way_to_a_set_of_rows_leaves_no_trace(text: str, first: list[Row], second: list[Row]) -> None:
    """Over any rows in between, the same rows give the same text.

    But for two things: a flow list keeps the line break that was put behind its bracket, and a list without foreign
    rows has no indentation of its own.
    """
    current = readable(text)
    assume(current.foreign)
    directly, between = written(current, second), written(current, first)
    assume(text not in (directly, between))
    indirectly = written(readable(between), second)
    assert without_break(indirectly) == without_break(directly)
