"""What stands in a cluster handed to its history, which never hinders what is written after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from registrar.errors import RegistrarError
from registrar.limits import share_of_time
from registrar.model import Row
from registrar.sinks.kept import Record

# What is left of the run's time is for the writes: a record for which many reads are needed gets a part of it.
_PARTS = 4
_NAMED = 3


class Keeps(Protocol):
    """Where records are kept."""

    def keep(self, record: Record, before: str) -> str | None:
        """Keep what is about to be written over; ``before`` says in one line what is written.

        Never raises a ``RegistrarError``: returns why it is not kept, ``None`` if all is well.
        """


def remember(history: Keeps | None, cluster: str, record: Callable[[], Record], before: str) -> None:
    """Keep a record of the cluster of that tag; without a ``history`` nothing is kept, nor read for it.

    One that cannot be kept hinders no write, least of all a removal; the log says so, and ``doctor`` why.
    """
    if history is None:
        return
    try:
        with share_of_time(_PARTS):
            made = record()
    except RegistrarError as error:
        warning: str | None = (
            f"cluster {cluster}: what others changed since the last record is not kept in the history, since it could "
            f"not be read; all else goes on. {error}"
        )
    else:
        warning = history.keep(made, before)
    if warning is not None:
        # Below the logger of the function (handler.py), whose handler writes it as JSON; on stderr otherwise.
        logging.getLogger("eks-registrar.history").warning(warning, extra={"cluster": cluster})


def what_follows(before: Iterable[Row], after: Iterable[Row]) -> str:
    """A write in one line: ``adds alice, bob; changes carol; removes dave, erin, frank and 12 more``."""
    old, new = _by_principal(before), _by_principal(after)
    told = (
        ("adds", [whom for whom in new if whom not in old]),
        ("changes", [whom for whom in new if whom in old and new[whom] != old[whom]]),
        ("removes", [whom for whom in old if whom not in new]),
    )
    parts = [f"{verb} {_named(whom)}" for verb, whom in told if whom]
    return "; ".join(parts) or "puts our rows into their form"


def _by_principal(rows: Iterable[Row]) -> dict[tuple[str, str], set[Row]]:
    """A row, and the access entry beside it, by what precedes a path in their ARN and by the name behind it."""
    found: dict[tuple[str, str], set[Row]] = {}
    for row in rows:
        found.setdefault((row.arn.partition("/")[0], row.arn.rpartition("/")[2]), set()).add(row)
    return found


def _named(principals: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(name[:64] for _, name in principals[:_NAMED])
    return shown + (f" and {len(principals) - _NAMED} more" if len(principals) > _NAMED else "")
