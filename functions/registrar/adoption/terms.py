"""When an adoption may be carried out, and what the caller reads where it may not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from registrar.adoption.model import Candidate, Verdict
from registrar.errors import RegistrarError


class NotReady(RegistrarError):
    """The tags do not stand, or no rule allows them; the message says what to do."""


class NotAccepted(RegistrarError):
    """The rights would not be equal, and that was not accepted; nothing of what stands was changed."""


@dataclass(frozen=True)
class Terms:
    """What the caller asked for: verdicts that are accepted beside ``equal``, and where the way back is kept."""

    accepted: frozenset[Verdict]
    folder: Path
    now: Callable[[], datetime]
    keep_groups: bool = False


def require(cluster: str, candidate: Candidate, accepted: AbstractSet[Verdict]) -> None:
    """Raise ``NotReady`` or ``NotAccepted`` unless a candidate may be adopted in that cluster (its tag)."""
    where = f"cluster {cluster}: {candidate.standing.arn} was not adopted"
    if candidate.obstacles:
        raise NotReady(f"{where}: {'; '.join(candidate.obstacles)}")
    if not candidate.ready:
        raise NotReady(f"{where}: its tags do not stand, or no rule allows them. {_what_to_do(candidate)}")
    found = candidate.comparison
    if found is None or not _acceptable(found.verdict, accepted):
        what = f"{_first('gain', found.gains)}{_first('lose', found.losses)}" if found else ""
        refused = f" Not in effect: {'; '.join(candidate.refused)}." if candidate.refused else ""
        raise NotAccepted(
            f"{where}: its rights would be {candidate.verdict}.{what}{refused} Nothing was changed. Take other tags "
            f"(these give the same: {_what_to_do(candidate)}), or accept it by --accept"
        )


def _acceptable(verdict: Verdict, accepted: AbstractSet[Verdict]) -> bool:
    if verdict is Verdict.WIDER_AND_NARROWER:
        return {Verdict.WIDER, Verdict.NARROWER} <= accepted
    return verdict is Verdict.EQUAL or verdict in accepted


def _first(word: str, listed: Sequence[str]) -> str:
    if not listed:
        return ""
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return f" It would {word} {', '.join(listed[:3])}{more}."


def _what_to_do(candidate: Candidate) -> str:
    if candidate.proposal is None or candidate.role is None:
        return ""
    steps = [f"run `{line}`" for line in candidate.proposal.tag_lines(candidate.role.ref.name)]
    if candidate.proposal.rule:
        steps.insert(0, f"add the rule `{candidate.proposal.rule}`, deploy, apply the manifests again")
    return ", ".join(steps) or "the rules give it already"
