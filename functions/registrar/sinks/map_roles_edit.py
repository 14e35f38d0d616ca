"""Cutting our rows out of a body of ``mapRoles`` and putting them at its head, without touching any other byte.

A row of ours is removed with its line (or its lines, where another tool wrote it in block style). Comments within
those lines stay in its place; where anything else stands there, cutting is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from registrar.errors import WriteWouldHarm
from registrar.model import Row
from registrar.sinks.body import Body, Entry, Style

_DASH = re.compile(r" *- +")
_ROW_TAIL = re.compile(r"[ \t\r]*(?:[ \t]#[^\n]*)?\n?")
_COMMENT = re.compile(r"(?:\n|[ \t])[ \t]*#[^\n]*")
_WRITABLE = re.compile(r"[ !#-\[\]-~]+")


def render(text: str, body: Body, rows: Sequence[Row], installation: str) -> str:
    """The body with exactly ``rows`` at its head, in the order given.

    Raises WriteWouldHarm where a row of ours cannot be cut out, there is no safe place for a row, or a row has
    characters that cannot be written.
    """
    rest = cut_ours(text, body, installation)
    if not rows:
        return rest
    head = body.head
    if head is None or (body.style is Style.FLOW and head != 1):
        raise _harm(text, len(text) - len(text.lstrip()), "no row of ours can be put before what stands here")
    if body.style is Style.FLOW:
        lines = "".join(f"{line_of(row)},\n" for row in rows)
        if rest.startswith("\n", head):
            return rest[: head + 1] + lines + rest[head + 1 :]
        return rest[:head] + "\n" + lines + rest[head:]
    marker = _marker(text, body)
    return rest[:head] + "".join(f"{marker}{line_of(row)}\n" for row in rows) + rest[head:]


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


def cut_ours(text: str, body: Body, installation: str) -> str:
    """The text without our rows, in whose place the comments stay that somebody put on or between their lines.

    Raises WriteWouldHarm where anything else that is not ours stands within those lines.
    """
    pieces, position = [], 0
    for entry in body.entries:
        if entry.mapping.username.startswith(f"{installation}:"):
            start, end, comments = _flow_line(text, entry) if body.style is Style.FLOW else _block_lines(text, entry)
            pieces += [text[position:start], comments]
            position = end
    return "".join([*pieces, text[position:]])


def foreign_bytes(text: str, body: Body, installation: str) -> str:
    """What must be equal before and after a write; the line break that our rows need after ``[`` does not count."""
    rest = cut_ours(text, body, installation)
    return rest.replace("[\n", "[", 1) if body.style is Style.FLOW and rest.startswith("[\n") else rest


def _block_lines(text: str, entry: Entry) -> tuple[int, int, str]:
    """Start and end of the lines of a row of ours, and the comments in them, each as a line of its own."""
    start, end = _line_start(text, entry.start), _line_end(text, entry.end)
    if _DASH.fullmatch(text, start, entry.start) is None:
        raise _harm(text, start, "a row of ours does not begin on the line of its dash")
    if _ROW_TAIL.fullmatch(text, entry.end, end) is None:
        raise _harm(text, entry.end, "something else stands on the line of a row of ours")
    comments = "".join(f"{found.strip(chr(10))}\n" for found in _COMMENT.findall(text, entry.start, end))
    return start, end, comments


def _flow_line(text: str, entry: Entry) -> tuple[int, int, str]:
    start, end = _line_start(text, entry.start), _line_end(text, entry.end)
    alone = not text[start : entry.start].strip(" \t") and text[entry.end : end].strip(" \t\r\n") in ("", ",")
    if not alone or "\n" in text[start : entry.end]:
        raise _harm(text, entry.start, "a row of ours in a flow list does not stand on a line of its own")
    return start, end, ""


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
