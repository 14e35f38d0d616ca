"""What is read as ours, and what is never written."""

from __future__ import annotations

import pytest

from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.marks import Marks
from registrar.model import Row
from registrar.sinks.authenticator_yaml import read_body
from registrar.sinks.map_roles import is_writable, read_map_roles, write_map_roles

MARKS = Marks("eks-registrar")

INSTALLATION = "eks-registrar"
ARN = "arn:aws:iam::123456789012:role/dev"
USERNAME = "eks-registrar:123456789012:role/dev:{{SessionName}}"
DEV = Row(ARN, USERNAME, ("eks-registrar:view",))
FOREIGN = "- rolearn: arn:aws:iam::123456789012:role/node\n  username: n\n  groups: [system:nodes]\n"


def test_ours_are_told_by_their_username_alone() -> None:
    """A row is ours by its username, whatever its style, its ARN and the other marks in it."""
    text = (
        f"- rolearn: {ARN}\n  UserName: '{USERNAME}'\n- rolearn: {ARN}\n  username: x\n  groups: [eks-registrar:view]\n"
    )
    found = read_map_roles(text, MARKS)
    assert found.ours == (Row(ARN, USERNAME, ()),)
    assert [row.username for row in found.foreign] == ["x"]
    assert not found.our_form_is_canonical


def test_the_registrars_own_row_and_other_installations_are_foreign() -> None:
    """The prefix ends with its colon: ``eks-registrar-controller`` and ``eks-registrar-two:…`` are not ours."""
    text = "- {rolearn: a, username: eks-registrar-controller}\n- {rolearn: b, username: 'eks-registrar-two:x'}\n"
    found = read_map_roles(text, MARKS)
    assert found.ours == ()
    assert len(found.foreign) == 2


def test_rows_that_the_authenticator_drops_are_foreign_rows() -> None:
    """A row without ``rolearn`` maps nobody, and yet it must survive."""
    found = read_map_roles("- username: x\n- text\n-\n", MARKS)
    assert len(found.foreign) == 3
    assert not any(row.is_mapped for row in found.foreign)


def test_rows_are_written_sorted_whatever_their_order() -> None:
    """The same rows in any order give the same text."""
    other = Row("arn:aws:iam::123456789012:role/a", "eks-registrar:123456789012:role/a:{{SessionName}}", ("oncall",))
    current = read_map_roles(FOREIGN, MARKS)
    assert write_map_roles(current, [DEV, other], MARKS) == write_map_roles(current, [other, DEV], MARKS)


def test_the_very_text_comes_back_where_nothing_changes() -> None:
    """No rows of ours before and after: the text (or its absence) is the same object."""
    for text in (None, "", FOREIGN):
        assert write_map_roles(read_map_roles(text, MARKS), [], MARKS) is text


@pytest.mark.parametrize(
    "row",
    [
        Row(ARN, USERNAME, ()),
        Row("", USERNAME, ("oncall",)),
        Row(ARN, USERNAME, ("s{{SessionName}}em:masters",)),
        Row(ARN, USERNAME, ('a"b',)),
        Row(ARN, USERNAME, ("a\\b",)),
        Row(ARN, USERNAME, ("a\u2028b",)),
        Row(ARN, USERNAME, ("a\n- rolearn: x",)),
        Row(ARN, USERNAME, ("",)),
        Row(ARN + "\t", USERNAME, ("oncall",)),
        Row(ARN, "somebody:else", ("oncall",)),
        Row(ARN, USERNAME, ("b", "a", "a\x7f")),
    ],
)
def test_a_row_that_could_mean_something_else_is_never_written(row: Row) -> None:
    """Empty fields, braces in groups, escapes, control characters and other people's usernames are refused."""
    with pytest.raises(WriteWouldHarm):
        write_map_roles(read_map_roles(FOREIGN, MARKS), [row], MARKS)


def test_a_row_of_ours_that_somebody_edited_may_not_be_writable() -> None:
    """The plan can tell a found row that the fixed form cannot hold."""
    assert is_writable(DEV)
    assert not is_writable(Row(ARN, USERNAME, ()))


def test_restyling_alone_is_never_worth_an_error() -> None:
    """Rows of ours that cannot be put into the fixed form, but are right, stay as they are."""
    text = f'[{{"rolearn": "{ARN}", "username": "{USERNAME}", "groups": ["eks-registrar:view"]}}]'
    current = read_map_roles(text, MARKS)
    assert write_map_roles(current, [DEV], MARKS) is text
    with pytest.raises(WriteWouldHarm, match="line 1"):
        write_map_roles(current, [], MARKS)


@pytest.mark.parametrize(
    "text",
    [
        f"- rolearn: {ARN}\n  groups: [x]\n  username: |-\n    {USERNAME}\n\n{FOREIGN}",
        f"- {{rolearn: {ARN}, username: '{USERNAME}'}} # x\u2028- rolearn: hidden\n{FOREIGN}",
        f"- {{rolearn: {ARN}, username: '{USERNAME}'}}\u0085{FOREIGN}",
        f"-\n  rolearn: {ARN}\n  username: '{USERNAME}'\n{FOREIGN}",
        f"- rolearn: {ARN}\n  username: &u '{USERNAME}'\n- rolearn: x\n  username: y\n  groups: [*u]\n",
    ],
)
def test_a_row_of_ours_is_not_cut_where_something_foreign_would_go_with_it(text: str) -> None:
    """Block scalars, hidden line breaks, a dash by itself, anchors in use: refused, and the text stays."""
    current = read_map_roles(text, MARKS)
    assert len(current.ours) == 1
    with pytest.raises(WriteWouldHarm):
        write_map_roles(current, [], MARKS)


def test_what_would_be_lost_is_named() -> None:
    """A parse-back that does not find a foreign row names it (here the text was read before it changed)."""
    read_before = read_map_roles(FOREIGN + "- rolearn: arn:aws:iam::123456789012:role/lost\n", MARKS)
    changed = read_map_roles(FOREIGN, MARKS)
    mixed = type(changed)(changed.text, changed.ours, read_before.foreign, True, changed.body)
    with pytest.raises(WriteWouldHarm, match="role/lost"):
        write_map_roles(mixed, [DEV], MARKS)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (FOREIGN + "- rolearn: {{SessionName}}\n", 4, "no form in JSON"),
        (FOREIGN + "-\trolearn: x\n", 4, ""),
        (FOREIGN + "--- # again\n", 4, "second document"),
        (FOREIGN + "  note: .nan\n", 4, "maps no role at all"),
        (FOREIGN + '  note: "\\/"\n', 4, "escape"),
        (FOREIGN + '  note: "\\ud83d"\n', 4, ""),
        (FOREIGN + "  note: \ufeff\n", 4, "byte order mark"),
        (FOREIGN + "  note: a\x07\n", 4, "U\\+0007"),
        (FOREIGN + "  note: \ud800\n", 4, "surrogate"),
        ("%YAML 1.1\n---\n" + FOREIGN, 1, "directives"),
        ("\n{}\n", 2, "not a list"),
        ("text\n", 1, "not a list"),
        ("- " * 60 + "x\n", 1, "nested"),
        ("- " + "[" * 100_000, 1, ""),
    ],
)
def test_what_cannot_be_read_names_its_line(text: str, line: int, problem: str) -> None:
    """Whatever the authenticator cannot read, or we cannot judge, is refused with the line."""
    with pytest.raises(AwsAuthUnreadable, match=rf"line {line}: .*{problem}"):
        read_map_roles(text, MARKS)


def test_a_deep_body_cannot_exhaust_the_stack() -> None:
    """Aliases nested in aliases are counted, not followed without end."""
    levels = "".join(f"- &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    with pytest.raises(AwsAuthUnreadable, match="aliases"):
        read_body("- &a0 [x]\n" + levels)
