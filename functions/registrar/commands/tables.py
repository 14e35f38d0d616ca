"""Plans, sweeps and purges as tables: aligned for a terminal, or as Markdown for a pull request or a ticket. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registrar.commands.shown import visible
from registrar.commands.told import Change, Told

_BACKTICKS = re.compile(r"`+")
_CHANGED = ("CLUSTER", "ACTION", "PRINCIPAL")


@dataclass(frozen=True)
class Table:
    """Rows under a head; ``codes`` are the columns that hold names and not words."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    codes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Closing:
    """A line at the end, and the command to run next, if there is one."""

    text: str
    commands: tuple[str, ...] = ()


def tables(told: Sequence[Told]) -> tuple[Table, ...]:
    """What changes, then what is not granted, then what a person should know; what is empty is left out."""
    found = (
        Table("Rows", (*_CHANGED, "GROUPS"), tuple(_changes(told, entries=False)), frozenset({2, 3})),
        Table("Access entries", (*_CHANGED, "RIGHTS"), tuple(_changes(told, entries=True)), frozenset({2, 3})),
        Table("Bindings", ("CLUSTER", "ACTION", "GROUP"), tuple(_bindings(told)), frozenset({2})),
        Table(
            "Not granted",
            ("CLUSTER", "VERDICT", "PRINCIPAL", "GRANT", "ASKED BY", "REASON"),
            tuple(_not_granted(told)),
            frozenset({2, 3, 4}),
        ),
        Table("Notes", ("CLUSTER", "NOTE"), tuple((one.cluster, note) for one in told for note in one.notes)),
        Table("Dead", ("CLUSTER", "ENTRY"), tuple((one.cluster, words) for one in told for words in one.dead)),
        Table("Hidden", ("CLUSTER", "WHAT"), tuple((one.cluster, words) for one in told for words in one.hidden)),
        Table(
            "Failed",
            ("CLUSTER", "PRINCIPAL", "ERROR"),
            tuple((one.cluster, principal, error) for one in told for principal, error in one.errors),
            frozenset({1}),
        ),
    )
    return tuple(table for table in found if table.rows)


def as_text(told: Sequence[Told], closings: Sequence[Closing]) -> str:
    """For a terminal; what a terminal would obey is shown as an escape."""
    parts = [_text_table(table) for table in tables(told)]
    end = [line for one in closings for line in (one.text, *(f"  {command}" for command in one.commands))]
    return "\n\n".join([*parts, "\n".join(map(_one_line, end))])


def as_markdown(told: Sequence[Told], closings: Sequence[Closing]) -> str:
    """For a comment; nothing in it is read as markup."""
    parts = [_markdown_table(table) for table in tables(told)]
    return "\n\n".join([*parts, *(_markdown_closing(one) for one in closings)])


def _changes(told: Sequence[Told], *, entries: bool) -> Iterator[tuple[str, ...]]:
    for one in told:
        for change in one.changes if one.entries == entries else ():
            yield one.cluster, change.action, change.principal, _before_and_after(change, entries=entries)


def _before_and_after(change: Change, *, entries: bool) -> str:
    if change.before == change.after:
        # A row that was doubled, or pointed at another role. An entry that was renamed, or whose role was made again.
        written, beside = ("entry", "a row") if entries else ("row", "an access entry")
        put_right = f"the {written} is put right, or {beside} beside it goes"
        return f"{_rights(change.after)} ({put_right})"
    return f"{_rights(change.before)} → {_rights(change.after)}"


def _rights(rights: Sequence[str] | None) -> str:
    return ", ".join(rights) if rights else "none"


def _bindings(told: Sequence[Told]) -> Iterator[tuple[str, ...]]:
    for one in told:
        yield from ((one.cluster, "make", group) for group in one.made)
        yield from ((one.cluster, "drop", group) for group in one.dropped)


def _not_granted(told: Sequence[Told]) -> Iterator[tuple[str, ...]]:
    for one in told:
        for grant in one.not_granted:
            yield one.cluster, grant.verdict, grant.principal, grant.grant, grant.source, grant.reason
        for principal in one.no_room:
            yield one.cluster, "no room", principal, "", "", "aws-auth is at its limit: nothing more is granted"


def _text_table(table: Table) -> str:
    rows = [table.head, *(tuple(_one_line(cell) for cell in row) for row in table.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{table.title}:", *lines])


def _markdown_table(table: Table) -> str:
    rule = tuple("---" for _ in table.head)
    head = tuple(word.capitalize() for word in table.head)
    body = [
        tuple(_code(cell) if column in table.codes else _plain(cell) for column, cell in enumerate(row))
        for row in table.rows
    ]
    return "\n".join([f"**{table.title}**", "", *(f"| {' | '.join(row)} |" for row in (head, rule, *body))])


def _markdown_closing(closing: Closing) -> str:
    commands = "".join(f"\n{_one_line(command)}" for command in closing.commands)
    return _plain(closing.text) + (f"\n\n```sh{commands}\n```" if commands else "")


def _one_line(text: str) -> str:
    return visible(text).replace("\n", r"\n").replace("\t", r"\t")


def _code(text: str) -> str:
    """A code span, fenced by more backticks than it holds (CommonMark 6.1); a ``|`` would end the cell."""
    if not text:
        return ""
    line = _one_line(text).replace("|", r"\|")
    longest = max((len(run) for run in _BACKTICKS.findall(line)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~!])", r"\\\1", _one_line(text))
