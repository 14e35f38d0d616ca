"""Text of others in tables: no terminal obeys it, and no Markdown is made of it."""

from __future__ import annotations

from dataclasses import replace

from registrar.commands.tables import Closing, as_markdown, as_text
from registrar.commands.told import Change, NotGranted, Told

NOTHING = Told("prod", "enforce", False, "0" * 16, None, None, False, (), (), (), (), (), (), ())
EVIL = "a|b`c``d\x1b[2J\u202e\n| x | <!-- @team"


def test_what_a_terminal_would_obey_is_shown_as_an_escape() -> None:
    """Groups of a row come from aws-auth, where anybody may have written."""
    changed = replace(NOTHING, changes=(Change("remove", EVIL, (EVIL,), None),), notes=(EVIL,))
    text = as_text([changed], [Closing(EVIL, (EVIL,))])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\n") == 9, "every cell and every closing stays on its line"


def test_a_cell_of_markdown_is_one_cell_and_no_markup() -> None:
    """Bars end no cell, backticks end no code, and HTML is none."""
    evil = NotGranted(EVIL, EVIL, EVIL, "refused", EVIL)
    [row] = [
        line for line in as_markdown([replace(NOTHING, not_granted=(evil,))], []).splitlines() if "refused" in line
    ]
    assert row.replace(r"\|", "").count("|") == 7
    assert row.count("``` a\\|b`c``d\\x1b[2J") == 3
    assert r"\<\!-- @team" in row.rpartition("```")[2]


def test_a_row_that_is_only_put_right_loses_and_gains_nothing() -> None:
    """Doubled by somebody, or pointed at another role: its groups are those of before."""
    change = Change("change", "123456789012:role/alice", ("eks-registrar:view",), ("eks-registrar:view",))
    assert "eks-registrar:view (the row is put right)\n" in as_text([replace(NOTHING, changes=(change,))], [])


def test_who_finds_no_room_is_told() -> None:
    """A plan says beforehand what a sweep would leave out."""
    text = as_text([replace(NOTHING, no_room=("123456789012:role/late",))], [])
    assert "prod     no room  123456789012:role/late" in text
    assert "aws-auth is at its limit" in text
