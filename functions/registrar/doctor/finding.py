"""What a check finds: good, doubtful or broken, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """``WARN`` is also the level of a check that could not be made: what is not known is not well."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One finding.

    ``where`` is what was looked at: ``account 123456789012``, ``us-east-1 eks-registrar-public``, ``cluster prod``.
    ``what`` is the name of the check. ``remedy`` says what to do, and is empty only where all is well.
    """

    level: Level
    where: str
    what: str
    detail: str
    remedy: str = ""


def well(where: str, what: str, detail: str) -> Finding:
    """All is well, and ``detail`` says what was seen."""
    return Finding(Level.OK, where, what, detail)


def doubt(where: str, what: str, detail: str, remedy: str) -> Finding:
    """It works, or nobody knows whether it does."""
    return Finding(Level.WARN, where, what, detail, remedy)


def broken(where: str, what: str, detail: str, remedy: str) -> Finding:
    """The registrar cannot work like this, or not safely."""
    return Finding(Level.FAIL, where, what, detail, remedy)


def all_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing was found."""
    return all(finding.level is Level.OK for finding in findings)


def as_dicts(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """The stable JSON form: ``level``, ``where``, ``what``, ``detail``, ``remedy``, all of them texts."""
    return [{key: str(value) for key, value in asdict(finding).items()} for finding in findings]


def from_dicts(told: Sequence[dict[str, str]]) -> tuple[Finding, ...]:
    """The findings of another process. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
    return tuple(Finding(Level(one["level"]), one["where"], one["what"], one["detail"], one["remedy"]) for one in told)


def as_text(findings: Sequence[Finding]) -> str:
    """The findings for a terminal: by what was looked at, in the order in which it was."""
    lines: list[str] = []
    for where in dict.fromkeys(finding.where for finding in findings):
        lines.append(where)
        for finding in (one for one in findings if one.where == where):
            lines.append(f"  {finding.level:<5}{finding.what}: {finding.detail}")
            lines.extend([f"       → {finding.remedy}"] if finding.remedy else [])
    count = {level: sum(finding.level is level for finding in findings) for level in Level}
    lines.append(f"{count[Level.FAIL]} broken, {count[Level.WARN]} in doubt, {count[Level.OK]} well")
    return "\n".join(lines)
