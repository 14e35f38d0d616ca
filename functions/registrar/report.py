"""What was done and why, told three ways: log lines, JSON, and a text for a terminal. Pure."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from registrar.errors import RegistrarError, Retry
from registrar.model import Decision, Hint, Row, Verdict
from registrar.plan import Change
from registrar.result import ClusterResult
from registrar.service import Outcome, Settled


@dataclass(frozen=True)
class Line:
    """One log line. ``level`` is one of ``logging``'s."""

    level: int
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def lines(settled: Settled) -> Iterator[Line]:
    """Everything that a person should find in the log about some events."""
    yield from outcome_lines(settled)
    for result in settled.results:
        yield from _sweep_lines(result) if result.whole else _cluster_lines(result)


def outcome_lines(settled: Settled) -> Iterator[Line]:
    """What became of each event, in their order."""
    return (_outcome_line(outcome) for outcome in settled.outcomes)


def as_dict(result: ClusterResult) -> dict[str, Any]:
    """One cluster's result as JSON: the keys are documented in docs/operations.md and stable."""
    plan = result.plan
    return {
        "cluster": result.cluster.tag,
        "mode": result.cluster.mode,
        "backend": result.cluster.backend,
        "written": result.written,
        "tries": result.tries,
        "planHash": result.hashed,
        "braked": result.braked,
        "failure": _error(result.failure) if result.failure else None,
        "rewritesAwsAuth": plan is not None and plan.rows is not None,
        "changes": [_change(change) for change in plan.changes] if plan else [],
        "bindingsMade": [b.group for b in plan.make] if plan else [],
        "bindingsDropped": [b.group for b in plan.drop] if plan else [],
        "noRoom": [str(ref) for ref in plan.too_large] if plan else [],
        "grants": [
            {"principal": str(ref), **_decision(decision)}
            for ref, decisions in (plan.decisions.items() if plan else ())
            for decision in decisions
        ],
        "accessEntries": result.entries,
        "deadEntries": list(result.dead),
        "hidden": list(result.hidden),
        "notes": [f"{one.ref}: {note}" for one in result.wanted for note in one.notes],
        "errors": [{"principal": str(ref), **_error(error)} for ref, error in result.errors.items()],
    }


def as_text(result: ClusterResult) -> str:
    """One cluster's result for a terminal."""
    head = f"cluster {result.cluster.tag} ({result.cluster.mode})"
    body = [line.message for line in _cluster_lines(result)] or ["nothing to do"]
    return "\n".join([head, *(f"  {text}" for text in body)])


def _error(error: RegistrarError) -> dict[str, str]:
    return {"error": type(error).__name__, "message": str(error)}


def _outcome_line(outcome: Outcome) -> Line:
    named = _named(outcome.hint) if outcome.hint else {}
    if outcome.error is None:
        return Line(logging.INFO, outcome.word if outcome.request else f"event {outcome.word}", named)
    fate = "returns to the queue" if outcome.retry else "goes to the dead-letter queue"
    fields = {**named, "error": type(outcome.error).__name__}
    return Line(logging.WARNING if outcome.retry else logging.ERROR, f"event {fate}: {outcome.error}", fields)


def _named(hint: Hint) -> dict[str, str]:
    return {"principal": str(hint.principal), "event": hint.event_name, "eventId": hint.event_id}


def _cluster_lines(result: ClusterResult) -> Iterator[Line]:
    where = {"cluster": result.cluster.tag}
    plan = result.plan
    for one in result.wanted:
        for note in one.notes:
            yield Line(logging.WARNING, f"{one.ref}: {note}", where)
    for ref, decisions in plan.decisions.items() if plan else ():
        for decision in decisions:
            level = logging.INFO if decision.verdict is Verdict.ALLOWED else logging.WARNING
            yield Line(level, f"{ref}: {decision_text(decision)}", {**where, "verdict": decision.verdict.value})
    yield from _change_lines(result, where)


def _sweep_lines(result: ClusterResult) -> Iterator[Line]:
    """What a sweep changed, and how much it left; thousands of roles that are as they were are no news."""
    where = {"cluster": result.cluster.tag}
    yield from _change_lines(result, where)
    if result.plan is None:
        return
    verdicts = Counter(d.verdict.value for decisions in result.plan.decisions.values() for d in decisions)
    standing = ", ".join(f"{count} {word}" for word, count in sorted(verdicts.items())) or "none"
    what = "rows" if result.entries is None else f"access entries (of {result.entries} in the cluster)"
    told = {**where, "rows": result.rows, "accessEntries": result.entries, "grants": dict(verdicts)}
    form = "access entries" if result.entries is None else "rows"
    left = f", {result.left} of them left as {form}" if result.left else ""
    words = f"{result.rows} {what} of ours{left}; grants: {standing}"
    yield Line(logging.INFO, f"cluster {result.cluster.tag}: {words}", told)
    yield from (Line(logging.WARNING, f"cluster {result.cluster.tag}: {words}", where) for words in result.dead)
    yield from (Line(logging.ERROR, f"cluster {result.cluster.tag}: {words}", where) for words in result.hidden)


def _change_lines(result: ClusterResult, where: Mapping[str, Any]) -> Iterator[Line]:
    plan, tag = result.plan, result.cluster.tag
    if plan and not plan.empty and not result.cluster.enforced:
        yield Line(
            logging.WARNING,
            f"NOTHING WRITTEN: cluster {tag} is in mode observe; not even a revocation takes effect",
            where,
        )
    if result.braked is not None:
        yield Line(
            logging.ERROR,
            f"NOTHING WRITTEN: cluster {tag}: a brake stopped the plan: {result.braked}. Look at it with "
            f"`eks-registrar plan --cluster {tag}`; if it is what you want: eks-registrar sweep --cluster {tag} "
            f"--plan-hash {result.hashed}",
            {**where, "planHash": result.hashed},
        )
    for change in plan.changes if plan else ():
        done = "" if result.written else "would "
        yield Line(logging.INFO, f"{done}{change_text(change)}", where)
    if result.failure is not None:
        yield _error_line("not all was done" if result.written else "nothing was done", result.failure, where)
    for ref, error in result.errors.items():
        yield _error_line(str(ref), error, where)


def _error_line(what: str, error: RegistrarError, where: Mapping[str, Any]) -> Line:
    level = logging.WARNING if isinstance(error, Retry) else logging.ERROR
    return Line(level, f"{what}: {error}", {**where, "error": type(error).__name__})


def decision_text(decision: Decision) -> str:
    """``edit@payments (tag eks-registrar/prod): refused: none of the rules devs allows it``."""
    source = decision.asked.source
    said_by = source if source.startswith("rule ") else f"tag {source}"
    asked = decision.asked.text
    text = asked if asked.isascii() and asked.isprintable() else ascii(asked)
    return f"{text} ({said_by}): {decision.verdict.value}: {decision.reason}"


def change_text(change: Change) -> str:
    """``add 123456789012:role/alice: eks-registrar:edit@payments``."""
    before, after = _rights(change.before), _rights(change.after)
    if change.revives:
        return f"change {change.ref}: the role was made again, its access entry is made again for {after}"
    if change.before == change.after:
        return f"change {change.ref}: nothing stays beside {after}"
    if change.action == "change":
        return f"change {change.ref}: {before} → {after}{_how(change)}"
    return f"{change.action} {change.ref}: {after or before}"


def _how(change: Change) -> str:
    """How a change comes about where one form gives way to the other."""
    if not change.moves:
        return ""
    to_row = change.after is not None and not change.after.entry
    if change.stays:
        return " (by a row; the access entry still counts, and goes later)" if to_row else " (by an access entry)"
    return " (by a row; the access entry goes)" if to_row else " (by an access entry; the row goes)"


def _rights(row: Row | None) -> str:
    return ", ".join(row.rights) if row else ""


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "principal": str(change.ref),
        "before": list(change.before.rights) if change.before else None,
        "after": list(change.after.rights) if change.after else None,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "grant": decision.asked.text,
        "source": decision.asked.source,
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "rule": decision.rule,
        "group": decision.group,
    }
