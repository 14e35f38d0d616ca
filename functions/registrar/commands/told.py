"""One cluster's part of a plan, a sweep or a purge, read from the stable JSON (``report.as_dict``). Pure.

What the function answered and what this process found out itself are shown by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registrar.commands.exit_codes import BRAKED, CHANGES, FAILED, OK
from registrar.model import Verdict


@dataclass(frozen=True)
class Change:
    """What becomes of one row or access entry; what it gives, ``None`` where there is none."""

    action: str
    principal: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None


@dataclass(frozen=True)
class NotGranted:
    """A grant that is refused, waits, is in conflict or failed, and why."""

    principal: str
    grant: str
    source: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Told:
    """One cluster's part. ``failure`` and ``errors`` (by principal) begin with the error's type.

    ``entries``: its access is written as access entries, not to aws-auth. ``dead`` says which of those that are not
    ours EKS does not honour any more, ``hidden`` what is marked as ours and out of our reach. Functions of before tell
    of none of these.
    """

    cluster: str
    mode: str
    entries: bool
    written: bool
    plan_hash: str
    braked: str | None
    failure: str | None
    rewrites: bool
    changes: tuple[Change, ...]
    made: tuple[str, ...]
    dropped: tuple[str, ...]
    no_room: tuple[str, ...]
    not_granted: tuple[NotGranted, ...]
    notes: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    dead: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Told:
        """Read one element of ``clusters``. Raises ``KeyError`` or ``TypeError`` for anything else."""
        return cls(
            cluster=str(found["cluster"]),
            mode=str(found["mode"]),
            entries=found.get("backend") == "access-entries",
            written=bool(found["written"]),
            plan_hash=str(found["planHash"]),
            braked=found["braked"],
            failure=_error(found["failure"]) if found["failure"] else None,
            rewrites=bool(found["rewritesAwsAuth"]),
            changes=tuple(sorted((_change(one) for one in found["changes"]), key=lambda change: change.principal)),
            made=tuple(found["bindingsMade"]),
            dropped=tuple(found["bindingsDropped"]),
            no_room=tuple(found["noRoom"]),
            not_granted=tuple(_not_granted(found["grants"])),
            notes=tuple(found["notes"]),
            errors=tuple((one["principal"], _error(one)) for one in found["errors"]),
            dead=tuple(map(str, found.get("deadEntries", ()))),
            hidden=tuple(map(str, found.get("hidden", ()))),
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changes or self.made or self.dropped or self.rewrites)

    @property
    def failed(self) -> bool:
        """Whether something could not be found out or not be done."""
        return self.failure is not None or bool(self.errors)

    def count(self, action: str) -> int:
        """How many rows or entries are ``add``, ``change`` or ``remove``."""
        return sum(change.action == action for change in self.changes)


def status_of_plan(told: Iterable[Told]) -> int:
    """``FAILED`` before ``BRAKED`` before ``CHANGES``: of what failed nobody knows what would be done."""
    found = tuple(told)
    return status_of_sweep(found) or (OK if all(one.empty for one in found) else CHANGES)


def status_of_sweep(told: Iterable[Told]) -> int:
    """``FAILED`` before ``BRAKED``; ``OK`` is complete."""
    found = tuple(told)
    if any(one.failed for one in found):
        return FAILED
    return BRAKED if any(one.braked is not None for one in found) else OK


def _change(found: Mapping[str, Any]) -> Change:
    before, after = (None if found[key] is None else tuple(found[key]) for key in ("before", "after"))
    return Change(str(found["action"]), str(found["principal"]), before, after)


def _not_granted(grants: Iterable[Mapping[str, Any]]) -> Iterable[NotGranted]:
    for found in grants:
        if found["verdict"] != Verdict.ALLOWED:
            yield NotGranted(*(str(found[key]) for key in ("principal", "grant", "source", "verdict", "reason")))


def _error(found: Mapping[str, Any]) -> str:
    return f"{found['error']}: {found['message']}"
