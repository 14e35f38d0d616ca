"""What is written beside a kept body, and which bodies count as the same."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from registrar.marks import Marks
from registrar.model import Row
from registrar.sinks.keeping import what_follows
from registrar.sinks.kept import Kept, Record, fingerprint, read_kept, time_text
from registrar.sinks.map_roles import read_map_roles, write_map_roles

MARKS = Marks("eks-registrar")

OURS = "eks-registrar"
FOREIGN = "- rolearn: arn:aws:iam::123456789012:role/node\n  username: n\n  groups: [system:nodes]\n"
KEPT = Kept(12, "2026-11-24T03:00:00Z", "prod", "adds alice", "0123", "77")


def row(name: str, *groups: str) -> Row:
    """A row of ours."""
    username = f"{OURS}:123456789012:role/{name}:{{{{SessionName}}}}"
    return Row(f"arn:aws:iam::123456789012:role/{name}", username, groups or (f"{OURS}:view",))


def print_of(text: str | None, **others: str) -> str:
    """The fingerprint of an aws-auth."""
    data = others if text is None else {"mapRoles": text, **others}
    return fingerprint(data, read_map_roles(text, MARKS), MARKS)


def test_a_note_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way through an annotation."""
    assert read_kept(KEPT.as_annotation()) == KEPT


@pytest.mark.parametrize(
    "annotation",
    [None, 7, "", "{", "[]", "{}", '{"number": 1}', *(
        json.dumps(json.loads(KEPT.as_annotation()) | wrong)
        for wrong in ({"number": "12"}, {"number": True}, {"time": "now"}, {"time": 5}, {"before": None}, {"more": 1})
    )],
)  # fmt: skip
def test_a_note_that_somebody_edited_is_none(annotation: object) -> None:
    """It cannot be told what such a ConfigMap holds, so nothing is claimed."""
    assert read_kept(annotation) is None


def test_times_are_utc() -> None:
    """Whatever the clock's zone."""
    assert time_text(datetime(2026, 11, 24, 5, 0, 0, 999, timezone(timedelta(hours=2)))) == "2026-11-24T03:00:00Z"
    assert time_text(datetime(2026, 11, 24, 3, tzinfo=UTC)) == "2026-11-24T03:00:00Z"


@pytest.mark.parametrize("text", [None, "", FOREIGN, "---\n" + FOREIGN, '[{"rolearn": "x", "username": "y"}]', "[]"])
def test_our_own_writes_do_not_change_the_fingerprint(text: str | None) -> None:
    """Whatever the style of the list: rows of ours come and go, and the body counts as the same."""
    written = write_map_roles(read_map_roles(text, MARKS), [row("alice"), row("bob")], MARKS)
    assert written != text
    assert print_of(written) == print_of(text)
    assert print_of(write_map_roles(read_map_roles(written, MARKS), [row("bob")], MARKS)) == print_of(text)


def test_any_byte_of_others_changes_the_fingerprint() -> None:
    """A comment, a blank, another key."""
    same = print_of(FOREIGN, mapUsers="[]")
    others = [
        print_of(FOREIGN + "\n", mapUsers="[]"),
        print_of("# a\n" + FOREIGN, mapUsers="[]"),
        print_of(FOREIGN, mapUsers="[] "),
        print_of(FOREIGN),
        print_of(FOREIGN, mapUsers="[]", mapAccounts=""),
    ]
    assert len({same, *others}) == 6


def test_a_write_is_told_in_one_line() -> None:
    """Names, not ARNs, and not all of a thousand."""
    many = [row(f"r{number}") for number in range(9)]
    assert what_follows([], [row("alice")]) == "adds alice"
    assert what_follows([row("alice"), row("bob")], [row("bob", "oncall"), row("eve")]) == (
        "adds eve; changes bob; removes alice"
    )
    assert what_follows(many, []) == "removes r0, r1, r2 and 6 more"
    assert what_follows(many, many) == "puts our rows into their form"


def test_what_is_known_of_a_record_decides_whether_it_is_another() -> None:
    """A write of rows beside access entries knows nothing of those; a sweep knows both."""
    both, rows = Record({}, "1", "rows", "entries"), Record({}, "1", "rows", None)
    assert (both.foreign, rows.foreign) == ("rows:entries", "rows")
    assert not rows.differs_from(both.foreign)
    assert not rows.differs_from(rows.foreign)
    assert replace(rows, aws_auth="other").differs_from(both.foreign)
    assert both.differs_from(rows.foreign)
    assert replace(both, entries="other").differs_from(both.foreign)
    assert Record({}, entries="entries").foreign == ":entries"
    assert Record({}, "1", "rows").differs_from(both.foreign), "without access entries now, and with them then"


def test_a_role_that_has_a_row_and_an_entry_is_named_once() -> None:
    """An entry has the path, a row has none."""
    entry = Row("arn:aws:iam::123456789012:role/dev/alice", row("alice").username, (f"{OURS}:view",), entry=True)
    assert what_follows([row("alice")], [row("alice"), entry]) == "changes alice"
    assert what_follows([entry, row("alice")], []) == "removes alice"
