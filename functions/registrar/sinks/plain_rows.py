"""The short cut: rows written the plain way are read by a regular expression instead of a YAML parser.

It takes a body only if *every* line of it has one of the forms below; anything else is left to the full parser. In
these forms YAML leaves no choice: every value ends on its line, every line of a row stands at the row's own
indentation, so no line can be the continuation of another.

    # comment, or a blank line
    - rolearn: VALUE          (or any other of the known keys, each at most once)
      username: "VALUE"
      groups:
      - VALUE                 (or two blanks further in)
    - {"rolearn": "ARN", "username": "…", "groups": ["…"]}

What a row means depends on its own text alone, so it is remembered: a parse-back finds the unchanged rows at once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from registrar.sinks.body import Body, Entry, Style
from registrar.sinks.role_mapping import RoleMapping
from registrar.sinks.yaml11 import BOOLEANS, NULLS

_WORDS = BOOLEANS | NULLS
_QUOTED = r'"[ !#-\[\]-~]*"'
_VALUE = rf"""{_QUOTED}|'[ -&(-~]*'|[A-Za-z](?:[A-Za-z0-9_./@=+,{{}}-]|:(?=[A-Za-z0-9_./@=+,{{}}:-]))*"""
_ELEMENT = rf"- (?:{_VALUE})(?=\n|\Z)"
_ONE_LINE = rf'\{{"rolearn": {_QUOTED}, "username": {_QUOTED}, "groups": \[(?:{_QUOTED}(?:, (?="))?)*\]\}}(?=\n|\Z)'
# Outside comments the forms below are ASCII; in them any character may stand that YAML allows and takes for no break.
_ODD_CHARACTER = re.compile(
    "[^\\n -~\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_HEAD = re.compile(r"(?:---\n)?")
_BETWEEN = re.compile(r"(?: *#[^\n]*(?:\n|\Z)| *\n)*")
_DASH = re.compile(r"( *)- ")
_STRINGS = re.compile(_QUOTED)
_FIELD = re.compile(
    rf"(?P<key>rolearn|username|userid): (?P<value>{_VALUE})(?=\n|\Z)|groups:(?P<groups>(?:\n *{_ELEMENT})+)"
)
_ELEMENTS = re.compile(rf"\n *- ({_VALUE})(?=\n|\Z)")


@lru_cache(maxsize=4)
def _row_at(indent: str) -> re.Pattern[str]:
    """The form of a row, without its dash and its last line break, in a list of this indentation."""
    at = indent + "  "
    field = (
        rf"(?:(?:rolearn|username|userid): (?:{_VALUE})"
        rf"|groups:(?:(?:\n{at}{_ELEMENT})+|(?:\n{at}  {_ELEMENT})+))(?=\n|\Z)"
    )
    return re.compile(rf"{_ONE_LINE}|{field}(?:\n{at}{field})*")


def read(text: str) -> Body | None:
    """Read a body whose every line is plain; ``None`` leaves it to the full parser."""
    if _ODD_CHARACTER.search(text):
        return None
    head = _end(_HEAD, text, 0)
    position = _end(_BETWEEN, text, head)
    first = _DASH.match(text, position)
    if first is None:
        return Body(Style.EMPTY, head, ()) if position == len(text) else None
    row, dash, entries = _row_at(first.group(1)), first.group(), []
    while position < len(text):
        start = position + len(dash)
        match = row.match(text, start) if text.startswith(dash, position) else None
        mapping = _mapping(match.group()) if match else None
        if match is None or mapping is None:
            return None
        entries.append(Entry(mapping, start, match.end()))
        position = match.end() + 1
        if not text.startswith(dash, position):
            position = _end(_BETWEEN, text, position)
    return Body(Style.BLOCK, head, tuple(entries))


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


@lru_cache(maxsize=8192)
def _mapping(row: str) -> RoleMapping | None:
    """What a row of the given form means; ``None`` for one with a key twice or with a word that is no text."""
    if row[0] == "{":
        _, arn, _, username, _, *groups = (word[1:-1] for word in _STRINGS.findall(row))
        return RoleMapping(arn or None, None, username, tuple(groups))
    fields: dict[str, str] = {}
    groups_found: list[str] | None = None
    for field in _FIELD.finditer(row):
        if field["key"] is None:
            if groups_found is not None:
                return None
            groups_found = _ELEMENTS.findall(field["groups"])
        elif field["key"] in fields:
            return None
        else:
            fields[field["key"]] = field["value"]
    if not _WORDS.isdisjoint(fields.values()) or not _WORDS.isdisjoint(groups_found or ()):
        return None
    rolearn, username, userid = (_unquoted(fields.get(key, "")) for key in ("rolearn", "username", "userid"))
    return RoleMapping(rolearn or None, None, username, tuple(_unquoted(g) for g in groups_found or ()), userid)


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in ("'", '"') else value
