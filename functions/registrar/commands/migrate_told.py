"""A migration as it is told: as a table on a terminal, and as stable JSON (docs/migrate.md). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from registrar.commands.shown import visible
from registrar.eks_terms import API, BOTH
from registrar.errors import RegistrarError
from registrar.migration import advice
from registrar.migration.model import BRIDGE, Item, State, Wanted
from registrar.migration.plan import Migration, ShutOut

_HEAD = ("PRINCIPAL", "ROW", "BECOMES", "WHY")


@dataclass(frozen=True)
class Outcome:
    """A plan, or what is left of it after a run that did ``done``. ``kept`` is the folder of the way back.

    ``refused``: it was to be done, and the mode does not allow it.
    """

    plan: Migration
    where: str
    done: tuple[str, ...] = ()
    errors: tuple[tuple[str, RegistrarError], ...] = ()
    kept: str | None = None
    applied: bool = False
    refused: bool = False


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome for a program."""
    plan = outcome.plan
    return {
        "cluster": plan.cluster.tag,
        "mode": plan.mode,
        "applied": outcome.applied,
        "refused": outcome.refused,
        "rows": [_row(item) for item in plan.items],
        "mapAccounts": list(plan.accounts),
        "toMake": [item.wanted.arn for item in plan.of(State.MOVE) if item.wanted],
        "toFinish": [item.wanted.arn for item in plan.of(State.FINISH) if item.wanted],
        "toRemove": [item.row.arn for item in plan.to_remove],
        "bridge": plan.bridged,
        "done": list(outcome.done),
        "errors": [_error(principal, error) for principal, error in outcome.errors],
        "shutOutByApi": [_shut_out(one) for one in plan.shut_out()],
        "modeCommand": _mode_command(plan),
        "wayBack": outcome.kept,
    }


def as_text(outcome: Outcome) -> str:
    """The outcome for a terminal; what a terminal would obey is shown as an escape."""
    plan = outcome.plan
    parts = [
        f"Cluster {plan.cluster.tag}, mode {plan.mode}; aws-auth of {outcome.where}",
        _table([_HEAD, *(_cells(item) for item in plan.items)]) if plan.items else "aws-auth has no rows",
        "\n".join(_what(outcome)),
        "\n".join(_next(plan)),
        "\n".join(_way_back(outcome)),
    ]
    return visible("\n\n".join(part for part in parts if part))


def _what(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    yield from (f"Done: {line}" for line in outcome.done)
    yield from (f"FAILED: {principal}: {type(error).__name__}: {error}" for principal, error in outcome.errors)
    if outcome.refused:
        yield f"NOTHING WRITTEN: the mode {plan.mode} has no access entries. Change it first, see below"
    if plan.empty:
        yield "Nothing more to do" if outcome.applied else "Nothing to do"
        return
    counts = [
        (len(plan.of(State.MOVE)), "entries to make"),
        (len(plan.of(State.FINISH)), "entries to finish"),
        (len(plan.to_remove), "rows to take out of aws-auth, once their entries have stood for two minutes"),
        (int(plan.bridge_to_go), f"ClusterRoleBinding to remove ({BRIDGE}, left by a run that broke off)"),
    ]
    left = "Left" if outcome.applied else "With --apply"
    yield f"{left}: {'; '.join(f'{count} {what}' for count, what in counts if count)}"


def _next(plan: Migration) -> Iterator[str]:
    """The next mode, and whom the last one shuts out."""
    out = plan.shut_out()
    if not plan.writable:
        yield f"First the mode {BOTH}; nobody loses access by it, aws-auth stays in force, and there is no way back:"
        yield f"  {_mode_command(plan)}"
        yield ""
    yield from _shut_out_lines(plan, out)
    if plan.mode == BOTH:
        yield ""
        alarm = f"STOP: it shuts out the {len(out)} above. " if out else ""
        yield f"{alarm}The last step is yours, and there is NO WAY BACK from it:"
        yield f"  {_mode_command(plan)}"


def _shut_out_lines(plan: Migration, out: Sequence[ShutOut]) -> Iterator[str]:
    if not out:
        yield f"Nobody who has a row {'is' if plan.last_mode else 'would be'} shut out by the mode {API}"
        return
    yield f"{'SHUT OUT' if plan.last_mode else 'WOULD BE SHUT OUT'} by the mode {API}:"
    for one in out:
        yield f"  {'!! ' if one.heavy else '- '}{one.who}: {one.why}"
        yield from (f"      {command}" for command in one.commands)


def _way_back(outcome: Outcome) -> Iterator[str]:
    if outcome.kept:
        yield f"The way back is kept in {outcome.kept}; read the scripts there before you run them"


def _mode_command(plan: Migration) -> str | None:
    if plan.last_mode:
        return None
    return advice.change_mode(plan.cluster, API if plan.writable else BOTH)


def _row(item: Item) -> dict[str, Any]:
    return {
        "principal": item.row.who,
        "place": item.row.place.value,
        "row": item.row.number,
        "username": item.row.mapping.username,
        "groups": list(item.row.mapping.groups),
        "state": item.state.value,
        "reason": item.reason,
        "chosen": item.chosen,
        "entry": _entry(item.wanted) if item.wanted else None,
        "commands": list(item.commands),
    }


def _entry(wanted: Wanted) -> dict[str, Any]:
    return {
        "principalArn": wanted.arn,
        "username": wanted.username,
        "groups": list(wanted.groups),
        "policies": [grant.name for grant in wanted.policies],
    }


def _error(principal: str, error: RegistrarError) -> dict[str, str]:
    return {"principal": principal, "error": type(error).__name__, "message": str(error)}


def _shut_out(one: ShutOut) -> dict[str, Any]:
    return {"who": one.who, "why": one.why, "commands": list(one.commands)}


def _cells(item: Item) -> tuple[str, ...]:
    return (item.row.who, f"{item.row.place} {item.row.number}", item.state.value, item.reason)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    cells = [tuple(cell.replace("\n", r"\n").replace("\t", r"\t") for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
