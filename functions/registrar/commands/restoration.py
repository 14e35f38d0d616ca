"""What putting a kept body back would make of aws-auth. Pure.

The bytes that are not ours are those of the kept body; our rows are those that stand now, since an old body holds
revoked ones. Keys that have come since stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from registrar.commands.kept_bodies import Body, KeptBody
from registrar.errors import AwsAuthUnreadable
from registrar.marks import Marks, controller_group
from registrar.model import Row
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import ForeignRow, write_map_roles

# The usernames of any installation; ours are no foreign rows.
_GENERATED = re.compile(r"[^:]+:[0-9]{12}:role/[^/:]+:\{\{SessionName\}\}")


@dataclass(frozen=True)
class Restoration:
    """``data`` is all of aws-auth afterwards; ``notes`` is what a person should know before saying yes."""

    data: Mapping[str, str]
    notes: tuple[str, ...]


def restoration(now: Body | None, kept: KeptBody, marks: Marks) -> Restoration:
    """What aws-auth becomes; ``now`` is ``None`` where there is none.

    Raises ``AwsAuthUnreadable`` if the kept ``mapRoles`` cannot be read by the authenticator's rules, and
    ``WriteWouldHarm`` if our rows cannot be put before it.
    """
    old = kept.body
    if old.rows is None:
        raise AwsAuthUnreadable(
            f"body {kept.kept.number} ({kept.slot}) is not put back: the authenticator would map no role at all by it, "
            f"nodes included: {old.problems['mapRoles']} Nothing was written; choose another"
        )
    text = write_map_roles(old.rows, _ours(now), marks)
    present = dict(now.data) if now else {}
    readable = {key: value for key, value in old.data.items() if key not in old.problems}
    roles = {} if text is None and "mapRoles" not in present else {"mapRoles": text or ""}
    return Restoration({**present, **readable, **roles}, tuple(_notes(now, old, marks)))


def _ours(now: Body | None) -> Sequence[Row]:
    """Our rows as they stand, without what others wrote into them; none of a text that cannot be read.

    Lines that look like ours in a broken text may be anybody's, and nobody gets in by them now: the sweep writes the
    rows again from IAM.
    """
    return AwsAuth("", now.rows, now.size).held.ours if now and now.rows else ()


def _notes(now: Body | None, old: Body, marks: Marks) -> Iterator[str]:
    foreign = old.rows.foreign if old.rows else ()
    if now is None:
        yield "aws-auth does not exist: it is made anew, without labels and annotations, and without a row of ours"
    elif now.rows is None:
        yield (
            f"mapRoles cannot be read now ({now.problems['mapRoles']}): no row of ours is taken from it, "
            "the sweep writes them again; what others have added since that body was kept is not in it"
        )
    else:
        yield from _gone(now.rows.foreign, foreign)
    for key, problem in old.problems.items():
        yield f"{key} of that body cannot be read and is left as it is now: {problem}"
    others = {row.username.partition(":")[0] for row in foreign if _GENERATED.fullmatch(row.username)}
    if others:
        yield f"rows of another installation come back, revoked ones perhaps among them: {', '.join(sorted(others))}"
    controller = controller_group(marks.installation)
    if not any(controller in row.groups and row.is_mapped for row in foreign):
        yield f"no row of that body has the group {controller}: without an access entry the registrar is shut out by it"


def _gone(now: Sequence[ForeignRow], then: Sequence[ForeignRow]) -> Iterator[str]:
    """The rows of others that go: a node group made since would lose its nodes."""
    gone = [row for row in now if row not in then]
    if gone:
        names = [row.rolearn or (row.sso.permission_set if row.sso else row.username) for row in gone]
        yield f"{len(gone)} rows of others go or change: {', '.join(names)}"
