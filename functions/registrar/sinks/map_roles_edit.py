"""Cutting our rows out of a body of ``mapRoles`` and putting them at its head, without touching any other byte.

A row of ours is removed with its line (or its lines, where another tool wrote it in block style). Comments within
those lines stay in its place; where anything else stands there, cutting is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from registrar.errors import WriteWouldHarm
from registrar.marks import Marks, is_our_row
from registrar.model import Row
from registrar.sinks.body import Body, Entry, Style

_DASH = re.compile(r" *- +")
_ROW_TAIL = re.compile(r"[ \t\r]*(?:[ \t]#[^\n]*)?\n?")
_COMMENT = re.compile(r"(?:\n|[ \t])[ \t]*#[^\n]*")
_WRITABLE = re.compile(r"[ !#-\[\]-~]+")


def put_first(rest: str, rows: Sequence[Row], text: str, body: Body) -> str:
    """``rest`` (the text without our rows) with exactly ``rows`` at its head, in the order given.

    ``text`` and ``body`` are the text before the cut. Raises WriteWouldHarm where there is no safe place for a row, or
    a row has characters that cannot be written.
    """
    if not rows:
        return rest
    place, lines = _place(text, body), _lines(rows, text, body)
    if body.style is Style.FLOW and not rest.startswith("\n", place - 1):
        return rest[: place - 1] + "\n" + lines + rest[place - 1 :]
    return rest[:place] + lines + rest[place:]


def stand_first(text: str, body: Body, rows: Sequence[Row]) -> bool:
    """Whether the rows stand at the head of the list in their fixed form, in the order given."""
    try:
        lines, place = _lines(rows, text, body), _place(text, body)
    except WriteWouldHarm:
        return False
    after_break = body.style is not Style.FLOW or text.startswith("\n", place - 1)
    return after_break and text.startswith(lines, place)


def _place(text: str, body: Body) -> int:
    """Where the first row belongs: before every foreign byte, in a flow list behind the bracket and a line break."""
    if body.head is None or (body.style is Style.FLOW and body.head != 1):
        raise _harm(text, len(text) - len(text.lstrip()), "no row of ours can be put before what stands here")
    return body.head + 1 if body.style is Style.FLOW else body.head


def _lines(rows: Sequence[Row], text: str, body: Body) -> str:
    if body.style is Style.FLOW:
        return "".join(f"{line_of(row)},\n" for row in rows)
    marker = _marker(text, body)
    return "".join(f"{marker}{line_of(row)}\n" for row in rows)


def line_of(row: Row) -> str:
    """The fixed form of a row, without marker and line break.

    Raises WriteWouldHarm for an empty field, for characters that would need escapes, and for a brace in a group (the
    authenticator takes groups for templates, too).
    """
    if not row.arn.startswith("arn:") or not row.groups:
        raise WriteWouldHarm(f"aws-auth: a row for {row.username} without role ARN or without groups is never written.")
    for value in (row.arn, row.username, *row.groups):
        if _WRITABLE.fullmatch(value) is None:
            raise WriteWouldHarm(f"aws-auth: {value!r} is never written: it is not printable ASCII without quotes.")
    if any("{" in group or "}" in group for group in row.groups):
        raise WriteWouldHarm(f"aws-auth: a group of {row.arn} has a brace, so it could stand for any group.")
    groups = ", ".join(f'"{group}"' for group in row.groups)
    return f'{{"rolearn": "{row.arn}", "username": "{row.username}", "groups": [{groups}]}}'


@dataclass(frozen=True)
class OurLines:
    """The lines of one row of ours: ``end`` is behind the last line break, ``comments`` stay in their place."""

    start: int
    end: int
    comments: str


def our_lines(text: str, body: Body, marks: Marks) -> list[OurLines]:
    """The lines of our rows, in order.

    Raises WriteWouldHarm where anything that is not ours stands within them, but for comments.
    """
    lines_of = _flow_line if body.style is Style.FLOW else _block_lines
    ours = (one for one in body.entries if is_our_row(one.mapping.username, one.mapping.groups, marks))
    return [lines_of(text, entry) for entry in ours]


def cut_ours(text: str, body: Body, marks: Marks) -> str:
    """The text without our rows. Raises WriteWouldHarm as ``our_lines`` does."""
    pieces, position = [], 0
    for lines in our_lines(text, body, marks):
        pieces += [text[position : lines.start], lines.comments]
        position = lines.end
    return "".join([*pieces, text[position:]])


def without_break(rest: str) -> str:
    """The text but for the line break that our rows need behind the bracket of a flow list."""
    return "[" + rest[2:] if rest.startswith("[\n") else rest


def _block_lines(text: str, entry: Entry) -> OurLines:
    start, end = _line_start(text, entry.start), _line_end(text, entry.end)
    if _DASH.fullmatch(text, start, entry.start) is None:
        raise _harm(text, start, "a row of ours does not begin on the line of its dash")
    # A block scalar ends behind its line break, so what follows would be cut with it.
    if text[entry.end - 1].isspace() or _ROW_TAIL.fullmatch(text, entry.end, end) is None:
        raise _harm(text, entry.end, "something else stands on the line of a row of ours")
    comments = "".join(f"{found.strip(chr(10))}\n" for found in _COMMENT.findall(text, entry.start, end))
    return OurLines(start, end, comments)


def _flow_line(text: str, entry: Entry) -> OurLines:
    start, end = _line_start(text, entry.start), _line_end(text, entry.end)
    alone = not text[start : entry.start].strip(" \t") and text[entry.end : end].strip(" \t\r\n") in ("", ",")
    if not alone or "\n" in text[start : entry.end]:
        raise _harm(text, entry.start, "a row of ours in a flow list does not stand on a line of its own")
    return OurLines(start, end, "")


def _marker(text: str, body: Body) -> str:
    """The list's own indentation and dash, the same for every row."""
    if not body.entries:
        return "- "
    first = body.entries[0].start
    start = _line_start(text, first)
    if _DASH.fullmatch(text, start, first) is None:
        raise _harm(text, start, "the first row does not begin on the line of its dash")
    return text[start : text.index("-", start)] + "- "


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _line_end(text: str, position: int) -> int:
    """The offset behind the line break of the line that holds the character before ``position``."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _harm(text: str, position: int, problem: str) -> WriteWouldHarm:
    line = text.count("\n", 0, position) + 1
    return WriteWouldHarm(f"aws-auth: mapRoles was not written, line {line}: {problem}. Change that line by hand.")
