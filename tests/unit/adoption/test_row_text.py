"""A foreign row is cut out of mapRoles and nothing else changes, or nothing is cut at all."""

from __future__ import annotations

import pytest

from registrar.adoption.row_text import cut_rows
from registrar.errors import WriteWouldHarm
from registrar.sinks.map_roles import read_map_roles
from tests.unit.samples import ACCOUNT, MARKS

ALICE = f"arn:aws:iam::{ACCOUNT}:role/alice"
BOB = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/bob\n  username: bob\n  groups: [devs]\n"
OURS = (
    f'- {{"rolearn": "arn:aws:iam::{ACCOUNT}:role/carol", "username": '
    f'"eks-registrar:{ACCOUNT}:role/carol:{{{{SessionName}}}}", "groups": ["eks-registrar:view"]}}\n'
)
ROW = f"- rolearn: {ALICE}\n  username: x\n  groups:\n  - devs   # since March\n"
FLOW_BOB = f'{{"rolearn":"arn:aws:iam::{ACCOUNT}:role/bob","groups":["devs"]}}'
FLOW_ROW = f'{{"rolearn":"{ALICE}","groups":["devs"]}}'


def without_alice(text: str) -> tuple[str, str]:
    """What is left, and what was cut."""
    current = read_map_roles(text, MARKS)
    rest, cut = cut_rows(current, [row for row in current.foreign if row.rolearn == ALICE], MARKS)
    return rest.text or "", cut


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", BOB),
        (BOB, ""),
        (f"# theirs\n{BOB}# of alice:\n", "# behind\n"),
        (OURS + BOB, BOB.replace("bob", "dave")),
        ("---\n" + BOB, "\n\n# the end"),
        (f"# nothing else\n{OURS}", ""),
    ],
)
def test_a_row_of_its_own_lines_goes_with_them(before: str, after: str) -> None:
    """Comments on lines of their own stay, those on its lines go with it."""
    assert without_alice(f"{before}{ROW}{after}") == (before + after, ROW)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"[{FLOW_ROW},{FLOW_BOB}]", f"[{FLOW_BOB}]"),
        (f"[{FLOW_BOB},{FLOW_ROW}]", f"[{FLOW_BOB}]"),
        (f"[{FLOW_ROW}]", "[]"),
        (f"[\n  {FLOW_BOB},\n  {FLOW_ROW},\n  {FLOW_BOB}\n]\n", f"[\n  {FLOW_BOB},\n  {FLOW_BOB}\n]\n"),
        (f"[\n  {FLOW_ROW},\n  {FLOW_BOB}\n]\n", f"[\n  {FLOW_BOB}\n]\n"),
    ],
)
def test_a_row_of_a_flow_list_goes_with_one_comma(text: str, rest: str) -> None:
    """First, last, alone, between others."""
    assert without_alice(text)[0] == rest


def test_rows_that_stand_twice_go_both() -> None:
    """The last one counts; the other would stand against ours."""
    assert without_alice(ROW + BOB + ROW.replace("x", "y")) == (BOB, ROW + ROW.replace("x", "y"))


@pytest.mark.parametrize(
    "text",
    [
        f"-\n  rolearn: {ALICE}\n{BOB}",
        f"- &a\n  rolearn: {ALICE}\n  groups: [devs]\n- <<: *a\n  rolearn: arn:aws:iam::{ACCOUNT}:role/bob\n",
        f"- rolearn: {ALICE}\n  groups: &g [devs]\n- rolearn: arn:aws:iam::{ACCOUNT}:role/bob\n  groups: *g\n",
        f"- rolearn: {ALICE}\n  username: |\n    x\n{BOB}",
        f"[{FLOW_BOB}, # bob\n{FLOW_ROW}]",
        f"[{FLOW_ROW} # alice\n,{FLOW_BOB}]",
    ],
    ids=["dash alone", "anchor", "anchored groups", "block scalar", "comment before", "comment behind"],
)
def test_what_cannot_be_told_apart_is_refused(text: str) -> None:
    """With what to do by hand."""
    with pytest.raises(WriteWouldHarm, match=r"Nothing was written\. Put the row on lines of its own by hand"):
        without_alice(text)
