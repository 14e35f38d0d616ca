"""A foreign row taken out of a body of ``mapRoles``, and every other byte as it was. Pure.

Only a person's own command does this, and only where the row can be told from all around it: on lines of its own in a
block list, or between its commas in a flow list (as the CDK writes one). What is cut is read by itself, and what is
left is read again: anything but the row that would change makes it refuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.marks import Marks
from registrar.sinks.authenticator_yaml import read_body
from registrar.sinks.body import Body, Entry, Style
from registrar.sinks.map_roles import MapRoles, read_map_roles
from registrar.sinks.role_mapping import RoleMapping

_DASH = re.compile(r" *- +")
_ROW_TAIL = re.compile(r"[ \t\r]*(?:[ \t]#[^\n]*)?\n?")


def cut_rows(current: MapRoles, rows: Sequence[RoleMapping], marks: Marks) -> tuple[MapRoles, str]:
    """The body without these foreign rows, each of them as often as it stands there, and the text that was cut.

    A comment on a line of the row goes with it; one on a line before or behind it stays. Raises ``WriteWouldHarm``,
    saying what to do by hand, where the row cannot be taken out safely.
    """
    text, body, removed = current.text or "", current.body, []
    while (number := _find(body, rows)) is not None:
        start, end = _span(text, body, number)
        cut = text[start:end]
        _check_cut(cut, body, number)
        removed.append(cut)
        text = text[:start] + text[end:]
        body = _read(text)
    rest = read_map_roles(text, marks)
    if rest.foreign != tuple(row for row in current.foreign if row not in rows) or rest.ours != current.ours:
        raise _harm("another row than this one would change by it (an anchor that others lean on?)")
    return rest, "".join(removed)


def _find(body: Body, rows: Sequence[RoleMapping]) -> int | None:
    return next((number for number, entry in enumerate(body.entries) if entry.mapping in rows), None)


def _span(text: str, body: Body, number: int) -> tuple[int, int]:
    return _block_span(text, body.entries[number]) if body.style is Style.BLOCK else _flow_span(text, body, number)


def _block_span(text: str, entry: Entry) -> tuple[int, int]:
    start = text.rfind("\n", 0, entry.start) + 1
    found = text.find("\n", entry.end)
    end = len(text) if found < 0 else found + 1
    if _DASH.fullmatch(text, start, entry.start) is None:
        raise _harm("it does not begin on the line of its dash", text, start)
    if text[entry.end - 1].isspace() or _ROW_TAIL.fullmatch(text, entry.end, end) is None:
        raise _harm("something else stands on its last line", text, entry.end)
    return start, end


def _flow_span(text: str, body: Body, number: int) -> tuple[int, int]:
    """From the row to the next one; of the last row from the end of the one before."""
    entries = body.entries
    if number + 1 < len(entries):
        start, end = entries[number].start, entries[number + 1].start
        between = text[entries[number].end : end]
    elif number:
        start, end = entries[number - 1].end, entries[number].end
        between = text[start : entries[number].start]
    else:
        start, end = entries[number].start, entries[number].end
        comma = re.compile(r"\s*,").match(text, end)
        return start, comma.end() if comma else end
    if between.strip() != ",":
        raise _harm("a comment or an anchor stands beside it", text, start)
    return start, end


def _check_cut(cut: str, body: Body, number: int) -> None:
    """What is cut must be the row and nothing else."""
    try:
        found = read_body(f"[{cut.strip().strip(',')}]" if body.style is Style.FLOW else cut)
    except AwsAuthUnreadable as error:
        raise _harm(f"it does not stand by itself ({error})") from error
    if tuple(entry.mapping for entry in found.entries) != (body.entries[number].mapping,):
        raise _harm("something else stands within its lines")


def _read(text: str) -> Body:
    try:
        return read_body(text)
    except AwsAuthUnreadable as error:
        raise _harm(f"what would be left cannot be read ({error})") from error


def _harm(problem: str, text: str = "", position: int = 0) -> WriteWouldHarm:
    line = f", line {text.count(chr(10), 0, position) + 1}" if text else ""
    return WriteWouldHarm(
        f"aws-auth: the row was not taken out of mapRoles{line}: {problem}. Nothing was written. Put the row on "
        "lines of its own by hand (same rolearn, username, groups; no anchor), then adopt it again."
    )
