"""A report printed as it was asked for, and the words that stand at its end."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from registrar.commands.asking import Heard
from registrar.commands.tables import Closing, as_markdown, as_text
from registrar.commands.told import Told
from registrar.model import Verdict

_DONE = {"add": "added", "change": "changed", "remove": "removed", "make": "made", "drop": "dropped"}


def add_output(parser: argparse.ArgumentParser) -> None:
    """The option that says how."""
    parser.add_argument("--output", choices=("table", "json", "markdown"), default="table")


def show(heard: Heard, closings: Sequence[Closing], output: str) -> None:
    """Print what was heard; errors of those who did not answer go to stderr, whatever the output."""
    if output == "json":
        print(json.dumps({"clusters": heard.clusters}, indent=2))
    else:
        print((as_markdown if output == "markdown" else as_text)(heard.told, closings))
    for error in heard.errors:
        print(f"eks-registrar: {error}", file=sys.stderr)


def counted(one: Told, *, done: bool) -> str:
    """``2 rows to add, 1 to remove; 1 binding to make``, or as done: ``2 access entries added, …``."""
    noun = ("access entry", "access entries") if one.entries else ("row", "rows")
    rows = [(action, one.count(action)) for action in ("add", "change", "remove")]
    bindings = [("make", len(one.made)), ("drop", len(one.dropped))]
    parts = [_counted(noun, rows, done), _counted(("binding", "bindings"), bindings, done)]
    if one.rewrites and not one.changes:
        parts.insert(0, f"our rows {'' if done else 'to be '}put back into their form and place")
    return "; ".join(part for part in parts if part) or "nothing to do"


def left_open(one: Told) -> str:
    """``; 2 refused, 1 waiting``: the grants that are not in effect, by verdict."""
    verdicts = ["in conflict" if grant.verdict == Verdict.CONFLICT else grant.verdict for grant in one.not_granted]
    verdicts += ["without room" for _ in one.no_room]
    found = ", ".join(f"{verdicts.count(word)} {word}" for word in dict.fromkeys(verdicts))
    return f"; {found}" if found else ""


def failures(one: Told) -> Iterator[Closing]:
    """What could not be done, if anything."""
    if one.failure is not None:
        yield Closing(f"{one.cluster}: FAILED{', after some of it was written' if one.written else ''}: {one.failure}")
    if one.errors:
        yield Closing(f"{one.cluster}: FAILED for {len(one.errors)} principals, see above; nobody else waits for them")


def _counted(noun: tuple[str, str], counts: Sequence[tuple[str, int]], done: bool) -> str:
    present = [(verb, count) for verb, count in counts if count]
    words = [f"{count} {_DONE[verb] if done else f'to {verb}'}" for verb, count in present]
    if not words:
        return ""
    number, _, rest = words[0].partition(" ")
    words[0] = f"{number} {noun[number != '1']} {rest}"
    return ", ".join(words)
