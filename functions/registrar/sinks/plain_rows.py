"""The short cut: rows written the plain way are read by a regular expression instead of a YAML parser.

It takes a body only if *every* line of it has one of the forms below; anything else is left to the full parser. In
these forms YAML leaves no choice: every value ends on its line, every line of a row stands at the row's own
indentation, so no line can be the continuation of another.

    # comment, or a blank line (also within a row)
    - rolearn: VALUE          (or any other of the known keys, each at most once)
      username: "VALUE"       # a comment behind a value
      groups:
      - VALUE                 (or two blanks further in)
    - groups: [WORD, "VALUE", 'VALUE']
    - {"rolearn": "ARN", "username": "…", "groups": ["…"]}

What a row means depends on its own text alone, so it is remembered: a parse-back finds the unchanged rows at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from registrar.sinks.body import Body, Entry, Style
from registrar.sinks.role_mapping import RoleMapping
from registrar.sinks.yaml11 import BOOLEANS, NULLS

_NO_TEXT = BOOLEANS | NULLS

# Quoted text is tried before plain text, so that a " #", a comma or a bracket in it is text.
_DOUBLE = r'"[ !#-\[\]-~]*"'
_QUOTED = rf"{_DOUBLE}|'[ -&(-~]*'"
_VALUE = rf"{_QUOTED}|[A-Za-z](?:[A-Za-z0-9_./@=+,{{}}-]|:(?=[A-Za-z0-9_./@=+,{{}}:-]))*"
# In brackets a comma or a brace ends plain text, and parsers differ on a colon before anything but a letter or digit.
_LISTED = rf"{_QUOTED}|[A-Za-z](?:[A-Za-z0-9_./@=+-]|:(?=[A-Za-z0-9]))*"
# The blank behind each comma keeps a body of Kubernetes' size below the full parser's limit of values.
_LIST = rf"\[ *(?:(?:{_LISTED})(?:, +(?:{_LISTED}))* *)?\]"

# '#' begins a comment only behind a blank: a#b is text, which no form here has. Every comment ends with its line.
_REST = r"(?: +(?:#[^\n]*)?)?"
_ENDS = rf"(?={_REST}(?:\n|\Z))"
_SILENT_LINES = r"(?: *#[^\n]*(?:\n|\Z)| *\n)*"
_BREAK = rf"{_REST}\n{_SILENT_LINES}"
# In comments any character may stand that YAML allows and takes for no line break; all else here is ASCII.
_ODD_CHARACTER = re.compile(
    "[^\\n -~\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)

_KEY = "rolearn|username|userid"
_ELEMENT = rf"- (?:{_VALUE}){_ENDS}"
_ONE_LINE = rf'\{{"rolearn": {_DOUBLE}, "username": {_DOUBLE}, "groups": \[(?:{_DOUBLE}(?:, {_DOUBLE})*)?\]\}}{_ENDS}'

_HEAD = re.compile(r"(?:---\n)?")
_BETWEEN = re.compile(_SILENT_LINES)
_BEHIND = re.compile(rf"{_REST}(?:\n|\Z){_SILENT_LINES}")
_DASH = re.compile(r"( *)- ")
_STRINGS = re.compile(_DOUBLE)
_FIELD = re.compile(
    rf"(?:(?P<key>{_KEY}): (?P<value>{_VALUE})|groups: (?P<list>{_LIST})|groups:(?P<block>(?:{_BREAK} *{_ELEMENT})+))"
    rf"{_ENDS}(?:{_BREAK} *)?"
)
_ELEMENTS = re.compile(rf"\n *- ({_VALUE}){_ENDS}")
_IN_BRACKETS = re.compile(_LISTED)


@lru_cache(maxsize=4)
def _row_at(indent: str) -> re.Pattern[str]:
    """The form of a row, without its dash and what follows its last value, in a list of this indentation."""
    at = indent + "  "
    blocks = "|".join(rf"(?:{_BREAK}{place}{_ELEMENT})+" for place in (at, at + "  "))
    field = rf"(?:(?:{_KEY}): (?:{_VALUE})|groups: {_LIST}|groups:(?:{blocks})){_ENDS}"
    return re.compile(rf"{_ONE_LINE}|{field}(?:{_BREAK}{at}{field})*")


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
        position = _end(_BEHIND, text, match.end())
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
    fields: dict[str, list[str]] = {}
    for field in _fields(row):
        key, words = field["key"] or "groups", _words(field)
        if key in fields or not _NO_TEXT.isdisjoint(words):
            return None
        fields[key] = [_unquoted(word) for word in words]
    rolearn, username, userid = ("".join(fields.get(key, ())) for key in ("rolearn", "username", "userid"))
    return RoleMapping(rolearn or None, None, username, tuple(fields.get("groups", ())), userid)


def _fields(row: str) -> Iterator[re.Match[str]]:
    """The fields, each matched where the one before it ended: a search would find fields in comments, too."""
    position = 0
    while (field := _FIELD.match(row, position)) is not None:
        yield field
        position = field.end()


def _words(field: re.Match[str]) -> list[str]:
    """The value of a field, or its values, as written."""
    if field["value"] is not None:
        return [field["value"]]
    return _IN_BRACKETS.findall(field["list"]) if field["list"] else _ELEMENTS.findall(field["block"])


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in ("'", '"') else value
