"""What the ARN of a row can be: of a role or a user, or of what no access entry can be for. Pure.

What the authenticator makes of a caller's ARN: aws-iam-authenticator ``pkg/arn/arn.go``, Canonicalize.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from registrar.migration.model import State

_PRINCIPAL = re.compile(
    r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):(?P<kind>role|user)/(?P<path>(?:[^/:]+/)*)(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Named:
    """A role or user that IAM can be asked for."""

    account: str
    kind: str
    name: str


@dataclass(frozen=True)
class Nameless:
    """An ARN that IAM need not be asked for: what becomes of its row, and why."""

    state: State
    why: str


def named(arn: str) -> Named | Nameless:
    """Whom the ARN of a row is for."""
    for part, state, why in _KINDS:
        if part in arn.lower():
            return Nameless(state, why)
    found = _PRINCIPAL.fullmatch(arn)
    if found is None:
        return Nameless(State.NOBODY, "it is not the ARN of a role or user, so it lets nobody in")
    if found["kind"].lower() == "role" and found["path"]:
        return Nameless(
            State.NOBODY, "a session's ARN has no path, so a row whose ARN has one lets nobody in; take it out by hand"
        )
    return Named(found["account"], found["kind"].lower(), found["name"])


_KINDS = (
    ("*", State.NOBODY, "the authenticator compares ARNs letter by letter, so a wildcard lets nobody in"),
    ("?", State.NOBODY, "the authenticator compares ARNs letter by letter, so a wildcard lets nobody in"),
    (
        ":assumed-role/",
        State.NOBODY,
        "rows are for roles and never for a session, so this lets nobody in; no access entry is for one either",
    ),
    (
        ":federated-user/",
        State.CANNOT,
        "there is no access entry for an STS session: let them assume a role, and make an entry for that",
    ),
    (
        ":root",
        State.CANNOT,
        "entries are made here for roles and users: let whoever uses the root user assume a role instead",
    ),
)
