"""What ``adopt`` found and did: for a terminal, or as JSON (documented in docs/adopt.md). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from registrar.adoption.carry_out import Adopted
from registrar.adoption.model import Candidate, Comparison
from registrar.commands.shown import visible
from registrar.errors import RegistrarError

_HEAD = ("ROLE", "STANDS AS", "VERDICT", "TAGS", "THE SAME BY TAGS")
_SHOWN = 5


@dataclass(frozen=True)
class Report:
    """What stands by hand, and with ``applied`` what became of it.

    ``ours`` and ``absent`` are ARNs that were named: of those under the tags already, and of those that nothing stands
    for. ``errors`` are by ARN.
    """

    cluster: str
    candidates: tuple[Candidate, ...]
    ours: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    named: bool = False
    applied: bool = False
    adopted: tuple[Adopted, ...] = ()
    errors: tuple[tuple[str, RegistrarError], ...] = ()


def as_text(report: Report) -> str:
    """A table, then what there is to say of each, then what was done."""
    shown = () if report.applied else report.candidates
    parts = [_table(shown)] if shown else []
    parts += ["\n".join(_details(one)) for one in shown]
    parts.append("\n".join(_closing(report)))
    return visible("\n\n".join(parts))


def _table(candidates: Sequence[Candidate]) -> str:
    rows = [_HEAD, *(_row(one) for one in candidates)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def _row(one: Candidate) -> tuple[str, ...]:
    grants = " ".join(grant.text for grant in one.proposal.grants) if one.proposal else ""
    return (one.standing.arn or "(none)", one.standing.place, _verdict(one), _tags(one), grants)


def _verdict(one: Candidate) -> str:
    forecast = one.comparison is not None and one.comparison.forecast and not one.obstacles
    return f"{one.verdict or 'not measured'}{' (forecast)' if forecast else ''}"


def _tags(one: Candidate) -> str:
    return "" if one.obstacles else "stand" if one.ready else "to be set"


def _details(one: Candidate) -> Iterator[str]:
    yield f"{one.standing.arn}: {_verdict(one)}"
    yield from (f"  {why}" for why in one.obstacles)
    if one.obstacles or one.comparison is None:
        return
    yield from _rights(one.comparison)
    yield from (f"  not in effect: {why}" for why in one.refused)
    yield from (f"  note: {note}" for note in one.notes)
    yield from _asking(one)


def _rights(found: Comparison) -> Iterator[str]:
    for word, listed in (("gains", found.gains), ("loses", found.losses)):
        yield from (f"  {word}: {one}" for one in listed[:_SHOWN])
        if len(listed) > _SHOWN:
            yield f"  {word}: {len(listed) - _SHOWN} more (--output json has all)"
    asked = f"{found.asked} questions to the API server, for each side" if found.asked else "groups and access policies"
    until = "; its new bindings do not stand yet, so the new side is a forecast" if found.forecast else ""
    yield f"  compared: {asked}{until}"


def _asking(one: Candidate) -> Iterator[str]:
    if one.proposal is None or one.role is None or (one.ready and one.comparison and not one.comparison.losses):
        return
    if one.proposal.rule:
        yield "  rule for registrar.yaml (then deploy, and apply the manifests again):"
        yield f"    {one.proposal.rule}"
    lines = one.proposal.tag_lines(one.role.ref.name)
    if lines:
        yield "  tags, by the AWS CLI or in Terraform:"
        yield from (f"    {line}" for line in lines)
        yield from (f"    {line}" for line in one.proposal.terraform().splitlines())


def _closing(report: Report) -> Iterator[str]:
    for one in report.adopted:
        yield f"{one.candidate.standing.arn}: adopted; its rights are {one.candidate.verdict}"
        yield f"  what stood there is kept in {one.way_back.path}; the way back:"
        yield from (f"    {step}" for step in one.way_back.steps)
        yield from (f"  now run: {step}" for step in one.later)
    yield from (f"{arn}: FAILED: {error}" for arn, error in report.errors)
    yield from (f"{arn}: under the tags already" for arn in report.ours)
    yield from (f"{arn}: FAILED: nothing stands for it in cluster {report.cluster}" for arn in report.absent)
    open_ones = [one for one in report.candidates if not one.obstacles]
    refused = len(report.candidates) - len(open_ones)
    ready = sum(one.ready for one in open_ones)
    if report.applied:
        yield f"{report.cluster}: {len(report.adopted)} adopted, {len(report.errors)} not done"
        return
    yield f"{report.cluster}: {len(open_ones)} could be adopted ({ready} with their tags), {refused} not adoptable"
    if open_ones:
        yield "  Set rule and tags, then: eks-registrar adopt --apply " + f"--cluster {report.cluster}"


def as_dict(report: Report) -> dict[str, Any]:
    """The stable JSON form."""
    done = {one.candidate.standing.arn: one for one in report.adopted}
    errors = {arn: str(error) for arn, error in report.errors}
    return {
        "cluster": report.cluster,
        "applied": report.applied,
        "candidates": [
            _candidate(one, done.get(one.standing.arn), errors.get(one.standing.arn)) for one in report.candidates
        ],
        "ours": list(report.ours),
        "absent": list(report.absent),
    }


def _candidate(found: Candidate, done: Adopted | None, error: str | None) -> dict[str, Any]:
    one = done.candidate if done is not None else found
    comparison, proposal, role = one.comparison, one.proposal, one.role
    return {
        "arn": one.standing.arn,
        "place": "entry" if one.standing.entry else "row",
        "username": one.standing.username,
        "groups": list(one.standing.groups),
        "policies": [grant.text for grant in one.standing.policies],
        "verdict": one.verdict,
        "forecast": comparison is not None and comparison.forecast,
        "asked": comparison.asked if comparison else 0,
        "gains": list(comparison.gains) if comparison else [],
        "losses": list(comparison.losses) if comparison else [],
        "reasons": list(one.obstacles),
        "tagsStand": one.ready,
        "notInEffect": list(one.refused),
        "notes": list(one.notes),
        "grants": [grant.text for grant in proposal.grants] if proposal else [],
        "tags": dict(proposal.tags) if proposal else {},
        "tagCommands": list(proposal.tag_lines(role.ref.name)) if proposal and role else [],
        "terraform": proposal.terraform() if proposal else "",
        "rule": proposal.rule if proposal else "",
        "after": {
            "username": one.after.username,
            "groups": list(one.after.groups),
            "policies": [p.text for p in one.after.policies],
        }
        if one.after
        else None,
        "adopted": done is not None,
        "error": error,
        "wayBack": {"file": str(done.way_back.path), "steps": list(done.way_back.steps)} if done else None,
        "later": list(done.later) if done else [],
    }
