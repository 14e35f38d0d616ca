"""``eks-registrar history``: the bodies of aws-auth, and the access entries, that are kept in a cluster."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from registrar.commands import kept_bodies
from registrar.commands.kept_bodies import Body, KeptBody, View
from registrar.commands.shown import visible
from registrar.marks import Marks
from registrar.policy import Policy
from registrar.sinks.entry_record import EntryThen, fingerprint_of_entries

_HEAD = ("NUMBER", "READ AT (UTC)", "BYTES", "OTHERS'", "OURS", "NOW", "WHAT FOLLOWED", "CONFIGMAP")
_HEAD_OF_ENTRIES = ("OTHERS' ENTRIES", "OUR ENTRIES")


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "history", help="the kept bodies of aws-auth and of access entries"
    )
    kept_bodies.add_options(parser)
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print this body")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Print the table, or one body. Raises what ``kept_bodies.look`` raises."""
    nowhere = kept_bodies.nowhere(policy, parsed.cluster)
    if nowhere is not None:
        print(json.dumps({"kept": [], "why": nowhere}, indent=2) if parsed.output == "json" else nowhere)
        return 0
    view = kept_bodies.look(kept_bodies.kubectl_of(parsed), policy, parsed.cluster)
    if parsed.show is not None:
        print(_one(view.number(parsed.show), parsed.output), end="")
    elif parsed.output == "json":
        print(json.dumps(as_dict(view), indent=2))
    else:
        print(table(view))
    return 0


def table(view: View) -> str:
    """The history for a terminal, newest first. ``NOW``: is all that is not ours the same now?"""
    lines = [view.where, f"aws-auth now: {_state(view)}"]
    if not view.history:
        return "\n".join([*lines, f"nothing is kept in namespace {view.marks.installation} yet"])
    with_entries = any(one.body.entries_text is not None for one in view.history)
    if with_entries:
        lines.append(f"access entries now: {_state_of_entries(view)}")
    head = (*_HEAD[:5], *_HEAD_OF_ENTRIES, *_HEAD[5:]) if with_entries else _HEAD
    rows = [head, *(_row(one, view, with_entries=with_entries) for one in view.history)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for one in view.history:
        lines += [
            f"body {one.kept.number}: {key} cannot be read: {visible(why)}" for key, why in one.body.problems.items()
        ]
    return "\n".join(lines)


def as_dict(view: View) -> dict[str, Any]:
    """The stable JSON form: documented in docs/operations.md."""
    return {
        "context": view.where,
        "namespace": view.marks.installation,
        "awsAuth": None if view.body is None else _counts(view.body, view.marks),
        "accessEntries": None if view.entries is None else _counts_of_entries(view.entries),
        "kept": [
            {
                "number": one.kept.number,
                "time": one.kept.time,
                "cluster": one.kept.cluster,
                "configMap": one.slot,
                "before": one.kept.before,
                "resourceVersion": one.kept.resource_version,
                "asNow": _as_now(one, view),
                **_counts(one.body, view.marks),
                **_counts_of_entries(one.body.entries),
            }
            for one in view.history
        ],
    }


def _row(one: KeptBody, view: View, *, with_entries: bool) -> tuple[str, ...]:
    foreign, ours = _rows(one.body) if one.body.has_aws_auth else ("-", "-")
    now = {True: "same", False: "differs", None: "?"}[_as_now(one, view)]
    size, time = f"{one.body.size:,}", one.kept.time.replace("T", " ").removesuffix("Z")
    entries = _entries(one.body) if with_entries else ()
    return (str(one.kept.number), time, size, foreign, ours, *entries, now, visible(one.kept.before), one.slot)


def _entries(body: Body) -> tuple[str, str]:
    if body.entries is None:
        return ("-", "-") if body.entries_text is None else ("?", "?")
    found = _counts_of_entries(body.entries)
    return str(found["foreignEntries"]), str(found["ourEntries"])


def _counts_of_entries(entries: Sequence[EntryThen] | None) -> dict[str, int | None]:
    if entries is None:
        return {"foreignEntries": None, "ourEntries": None}
    ours = sum(one.ours for one in entries)
    return {"foreignEntries": len(entries) - ours, "ourEntries": ours}


def _rows(body: Body) -> tuple[str, str]:
    return ("?", "?") if body.rows is None else (str(len(body.rows.foreign)), str(len(body.rows.ours)))


def _as_now(one: KeptBody, view: View) -> bool | None:
    """Whether what is not ours is the same now; ``None`` where that cannot be told."""
    found = [_rows_as_now(one.body, view)] if one.body.has_aws_auth else []
    found += [_entries_as_now(one.body, view)] if one.body.entries_text is not None else []
    return False if False in found else None if None in found else True


def _rows_as_now(body: Body, view: View) -> bool | None:
    now, then = view.body.foreign(view.marks) if view.body else None, body.foreign(view.marks)
    return None if now is None or then is None else now == then


def _entries_as_now(body: Body, view: View) -> bool | None:
    if view.entries is None or body.entries is None:
        return None
    return fingerprint_of_entries(view.entries) == fingerprint_of_entries(body.entries)


def _state_of_entries(view: View) -> str:
    if view.entries is None:
        return f"they could not be read with your AWS identity: {visible(view.unread or '')}"
    found = _counts_of_entries(view.entries)
    return f"{found['foreignEntries']} of others, {found['ourEntries']} of ours"


def _state(view: View) -> str:
    body = view.body
    if body is None and view.history and not view.history[0].body.has_aws_auth:
        return "there is none, and there was none when the newest body was kept"
    if body is None:
        return "THERE IS NONE: no role of it, nodes included, gets in"
    if body.rows is None:
        return f"mapRoles CANNOT BE READ, it maps no role at all, nodes included: {visible(body.problems['mapRoles'])}"
    foreign, ours = _rows(body)
    return f"{foreign} rows of others, {ours} of ours, {body.size:,} bytes"


def _counts(body: Body, marks: Marks) -> dict[str, Any]:
    rows = body.rows
    return {
        "bytes": body.size,
        "foreignRows": None if rows is None else len(rows.foreign),
        "ourRows": None if rows is None else len(rows.ours),
        "foreign": body.foreign(marks),
        "problems": dict(body.problems),
    }


def _one(one: KeptBody, output: str) -> str:
    """One body, every key of it; as JSON to the byte."""
    if output == "json":
        return json.dumps({"number": one.kept.number, "time": one.kept.time, "data": one.body.kept}, indent=2) + "\n"
    parts = [f"# {key}, {len(text.encode()):,} bytes\n{visible(text)}" for key, text in sorted(one.body.kept.items())]
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)
