"""Text of others in tables: no terminal obeys it, and no Markdown is made of it."""

from __future__ import annotations

from dataclasses import replace

from registrar.commands.showing import counted
from registrar.commands.tables import Closing, as_markdown, as_text
from registrar.commands.told import Change, NotGranted, Told

NOTHING = Told("prod", "enforce", False, False, "0" * 16, None, None, False, (), (), (), (), (), (), ())
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
    assert "eks-registrar:view (the row is put right, or an access entry beside it goes)\n" in as_text(
        [replace(NOTHING, changes=(change,))], []
    )


def test_who_finds_no_room_is_told() -> None:
    """A plan says beforehand what a sweep would leave out."""
    text = as_text([replace(NOTHING, no_room=("123456789012:role/late",))], [])
    assert "prod     no room  123456789012:role/late" in text
    assert "aws-auth is at its limit" in text


def test_access_entries_are_called_so_and_stand_apart_from_rows() -> None:
    """Of clusters of both kinds in one plan; the table of entries tells of access policies too."""
    change = Change("add", "123456789012:role/alice", None, ("oncall", "policy=AmazonEKSViewPolicy@payments"))
    row = Change("remove", "123456789012:role/bob", ("oncall",), None)
    entries = replace(NOTHING, cluster="new", entries=True, changes=(change,))
    text = as_text([replace(NOTHING, changes=(row,)), entries], [])
    assert text.startswith("Rows:\nCLUSTER  ACTION  PRINCIPAL              GROUPS\nprod     remove ")
    assert "Access entries:\nCLUSTER  ACTION  PRINCIPAL                RIGHTS\nnew      add " in text
    assert "none → oncall, policy=AmazonEKSViewPolicy@payments" in text
    assert counted(entries, done=False) == "1 access entry to add"
    assert counted(replace(entries, changes=(change, change)), done=True) == "2 access entries added"


def test_an_entry_that_is_made_again_loses_and_gains_nothing() -> None:
    """Its role was made again; or a row beside it goes, since it has stood for long enough."""
    change = Change("change", "123456789012:role/alice", ("oncall",), ("oncall",))
    text = as_text([replace(NOTHING, entries=True, changes=(change,))], [])
    assert "oncall (the entry is put right, or a row beside it goes)" in text


def test_what_was_put_out_of_reach_is_told() -> None:
    """Nothing else shows it: it is not ours any more, and not in any plan."""
    assert "Hidden:\nCLUSTER  WHAT\nprod     a row\n" in as_text([replace(NOTHING, hidden=("a row",))], [])


def test_dead_entries_of_others_are_told() -> None:
    """With whose they are, and that they are others' to delete."""
    assert "Dead:\nCLUSTER  ENTRY\nprod     an entry\n" in as_text([replace(NOTHING, dead=("an entry",))], [])
