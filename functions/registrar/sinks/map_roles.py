"""Our rows in ``mapRoles``: found by their username, written first in the list, with every foreign byte as it was.

    current = read_map_roles(config_map["data"].get("mapRoles"), marks)
    text = write_map_roles(current, rows, marks)

Pure functions over text. ``write_map_roles`` reads its own result back before it returns it (section "parse-back" of
the design): whatever would be lost is an error, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.marks import Marks, is_our_row
from registrar.model import Row
from registrar.sinks.authenticator_yaml import read_body
from registrar.sinks.body import Body, Style
from registrar.sinks.map_roles_edit import cut_ours, line_of, our_lines, put_first, stand_first, without_break
from registrar.sinks.role_mapping import RoleMapping

ForeignRow = RoleMapping


@dataclass(frozen=True)
class MapRoles:
    """A body of ``mapRoles`` as the authenticator reads it.

    ``text`` is ``None`` where aws-auth has no such key. ``ours`` are the rows whose username names a principal of this
    installation, as found and in order (``arn`` is empty for one without ``rolearn``); ``foreign`` are all others, also
    the registrar's own way in and those that the authenticator drops. ``our_form_is_canonical``: ours stand first, one
    line each, in the fixed form, sorted by ARN.
    """

    text: str | None
    ours: tuple[Row, ...]
    foreign: tuple[ForeignRow, ...]
    our_form_is_canonical: bool
    body: Body = field(repr=False, compare=False)


def read_map_roles(text: str | None, marks: Marks) -> MapRoles:
    """Read a body; ``None`` is a missing key.

    Raises AwsAuthUnreadable, naming the line, for what the authenticator cannot read or we cannot judge.
    """
    body = Body(Style.EMPTY, 0, ()) if text is None else read_body(text)
    ours = tuple(_row(m) for m in _mappings(body) if _is_ours(m, marks))
    foreign = tuple(m for m in _mappings(body) if not _is_ours(m, marks))
    return MapRoles(text, ours, foreign, _is_canonical(text or "", body, ours, marks), body)


def write_map_roles(current: MapRoles, rows: Sequence[Row], marks: Marks) -> str | None:
    """The body in which exactly ``rows`` are ours; ``current.text`` itself (so perhaps ``None``) where nothing changes.

    Rows of ours that another tool restyled are put back into the fixed form; where that alone cannot be done safely
    and no row changes, the body stays as it is. Raises WriteWouldHarm, saying what would have been lost, if a foreign
    row or byte would change, or if a row cannot be written.
    """
    wanted = tuple(sorted(rows))
    for row in wanted:
        if not is_our_row(row.username, row.groups, marks):
            raise _harm(f"the username {row.username!r} is not marked as ours")
    if wanted == current.ours and current.our_form_is_canonical:
        return current.text
    try:
        rest = cut_ours(current.text or "", current.body, marks)
        text = put_first(rest, wanted, current.text or "", current.body)
        _check(current, rest, text, wanted, marks)
    except WriteWouldHarm:
        if wanted == tuple(sorted(current.ours)):
            return current.text
        raise
    return text


def is_writable(row: Row) -> bool:
    """Whether a row can stand in the fixed form; one of ours that somebody edited may not (no groups, a brace, …)."""
    try:
        line_of(row)
    except WriteWouldHarm:
        return False
    return True


def _mappings(body: Body) -> tuple[RoleMapping, ...]:
    return tuple(entry.mapping for entry in body.entries)


def _is_ours(mapping: RoleMapping, marks: Marks) -> bool:
    return is_our_row(mapping.username, mapping.groups, marks)


def _row(mapping: RoleMapping) -> Row:
    return Row(mapping.rolearn or "", mapping.username, mapping.groups)


def _is_canonical(text: str, body: Body, ours: tuple[Row, ...], marks: Marks) -> bool:
    first = body.entries[: len(ours)]
    in_order = ours == tuple(sorted(ours)) and all(_is_ours(entry.mapping, marks) for entry in first)
    return in_order and (not ours or stand_first(text, body, ours))


def _check(current: MapRoles, rest: str, text: str, wanted: tuple[Row, ...], marks: Marks) -> None:
    """Read the new text back by the authenticator's rules and compare everything that is not ours."""
    try:
        after = read_body(text)
    except AwsAuthUnreadable as error:
        hint = "does a foreign row use an anchor in one of ours, or is nothing left before a '...'?"
        raise _harm(f"what would be left cannot be read; {hint} ({error})") from error
    mappings = _mappings(after)
    foreign = tuple(m for m in mappings if not _is_ours(m, marks))
    if foreign != current.foreign:
        raise _harm(_lost(current.foreign, foreign))
    if tuple(_row(m) for m in mappings[: len(wanted)]) != wanted or len(mappings) != len(wanted) + len(foreign):
        raise _harm("our own rows would not be read back as they were meant")
    if without_break(cut_ours(text, after, marks)) != without_break(rest):
        raise _harm("bytes that are not ours would change")
    _check_what_was_cut(current, marks)


def _check_what_was_cut(current: MapRoles, marks: Marks) -> None:
    """Read the lines that were cut out by themselves: each must be one row of ours and nothing else."""
    text = current.text or ""
    for lines, row in zip(our_lines(text, current.body, marks), current.ours, strict=True):
        cut = text[lines.start : lines.end]
        if cut.strip(" -,\n") == (line_of(row) if is_writable(row) else None):
            continue
        try:
            found = read_body(f"[{cut}]" if current.body.style is Style.FLOW else cut)
        except AwsAuthUnreadable as error:
            raise _harm(f"the row of ours for {row.arn} does not stand by itself ({error})") from error
        if tuple(_row(m) for m in _mappings(found)) != (row,):
            raise _harm(f"something else stands within the lines of the row of ours for {row.arn}")


def _harm(problem: str) -> WriteWouldHarm:
    return WriteWouldHarm(f"aws-auth: mapRoles was not written, since {problem}.")


def _lost(before: tuple[ForeignRow, ...], after: tuple[ForeignRow, ...]) -> str:
    changed = [row for row in before if row not in after]
    names = [row.rolearn or (row.sso.permission_set if row.sso else row.username) for row in changed[:3]]
    shown = ", ".join(names) or "their order"
    return f"rows that are not ours would be lost or changed: {shown}" + (" and more" if len(changed) > 3 else "")


__all__ = ["ForeignRow", "MapRoles", "is_writable", "read_map_roles", "write_map_roles"]
