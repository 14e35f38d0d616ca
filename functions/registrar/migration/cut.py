"""Rows taken out of a list of aws-auth by their ARN, every other byte as it was. Pure.

A row goes with its lines, and with the comments within them. The new text is read back by the authenticator's rules;
where that does not come to the other rows as they were, nothing is cut.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.migration.model import Place
from registrar.migration.rows import READERS
from registrar.sinks.body import Body, Entry, Style

_DASH = re.compile(r" *- +")
_TAIL = re.compile(r"[ \t\r]*(?:[ \t]#[^\n]*)?\n?")


def without_rows(data: Mapping[str, str], arns: Collection[str]) -> dict[str, str]:
    """The ``data`` of an aws-auth without any row of these ARNs (lower-case), in ``mapRoles`` and ``mapUsers``.

    Also the rows that do not count: one of them would count once the last is gone. Raises ``WriteWouldHarm``, naming
    the line, where a row does not stand by itself.
    """
    cut = {place.value: _without(place, data[place], arns) for place in Place if place.value in data}
    return {**data, **cut}


def _without(place: Place, text: str, arns: Collection[str]) -> str:
    body = READERS[place](text)
    kept = [entry for entry in body.entries if not _goes(entry, arns)]
    if len(kept) == len(body.entries):
        return text
    spans = _flow_spans(body, arns) if body.style is Style.FLOW else _block_spans(place, text, body, arns)
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(text[position:start])
        position = end
    after = "".join([*pieces, text[position:]])
    _check(place, after, [entry.mapping for entry in kept])
    return after


def _goes(entry: Entry, arns: Collection[str]) -> bool:
    return (entry.mapping.rolearn or "").lower() in arns


def _block_spans(place: Place, text: str, body: Body, arns: Collection[str]) -> list[tuple[int, int]]:
    spans = []
    for entry in body.entries:
        if not _goes(entry, arns):
            continue
        start, end = text.rfind("\n", 0, entry.start) + 1, text.find("\n", entry.end) + 1 or len(text)
        alone = _DASH.fullmatch(text, start, entry.start) and _TAIL.fullmatch(text, entry.end, end)
        if not alone or text[entry.end - 1].isspace():
            raise _harm(place, text, entry.start, "this row does not stand on lines of its own")
        spans.append((start, end))
    return spans


def _flow_spans(body: Body, arns: Collection[str]) -> list[tuple[int, int]]:
    """In a flow list a row goes up to the next one; behind the last that stays, all goes up to the bracket."""
    spans, kept_end = [], None
    for entry, following in zip(body.entries, (*body.entries[1:], None), strict=True):
        if not _goes(entry, arns):
            kept_end = entry.end
        elif following is not None:
            spans.append((entry.start, following.start))
        else:
            spans.append((entry.start, entry.end))
    tail = [span for span in spans if kept_end is not None and span[0] > kept_end]
    if tail and kept_end is not None:
        spans = [span for span in spans if span not in tail] + [(kept_end, tail[-1][1])]
    return spans


def _check(place: Place, after: str, kept: Sequence[object]) -> None:
    try:
        found = [entry.mapping for entry in READERS[place](after).entries]
    except AwsAuthUnreadable as error:
        raise _harm(place, after, 0, f"what would be left cannot be read ({error})") from error
    if found != kept:
        raise _harm(place, after, 0, "another row would be lost or changed (does one use an anchor of this?)")


def _harm(place: Place, text: str, position: int, problem: str) -> WriteWouldHarm:
    line = text.count("\n", 0, position) + 1
    return WriteWouldHarm(
        f"aws-auth: {place} was not written, line {line}: {problem}. Take the row out by hand; its entry stands"
    )
