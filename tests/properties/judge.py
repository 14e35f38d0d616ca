"""The judge of what the authenticator reads: its own ParseMap, in the ``parsemap`` program of the local EKS."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from lab.binaries import ensure

Mapped = tuple[str, tuple[str, str, str] | None, str, tuple[str, ...], str]

# ParseMap's own words for a body of which it takes no row, as opposed to rows that it drops one by one.
_NOTHING_MAPPED = (
    "yaml:",
    "json: unsupported",
    "unsupported map key",
    "invalid map key",
    "into Go value of type []config.RoleMapping",
    "invalid character",
    "unexpected end of JSON input",
)


@dataclass(frozen=True)
class Verdict:
    """The rows that the authenticator maps; ``readable`` is false where it cannot take the body at all."""

    readable: bool
    roles: tuple[Mapped, ...]


class Judge:
    """One running ``parsemap``."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self.requests = requests
        self.answers = answers

    def read(self, map_roles: str) -> Verdict:
        """What ParseMap makes of a body of ``mapRoles``."""
        self.requests.write(json.dumps({"mapRoles": map_roles}) + "\n")
        self.requests.flush()
        answer = json.loads(self.answers.readline())
        readable = not any(words in answer["error"] for words in _NOTHING_MAPPED)
        return Verdict(readable, tuple(_mapped(role) for role in answer["roles"]))


def _mapped(role: dict[str, Any]) -> Mapped:
    sso = role.get("sso")
    named = (sso["permissionSetName"], sso["accountID"], sso.get("partition", "")) if sso else None
    return role.get("rolearn", ""), named, role["username"], tuple(role["groups"] or ()), role.get("userid", "")


@contextmanager
def running_judge() -> Iterator[Judge]:
    """Find or build ``parsemap`` and run it until the block ends."""
    program = ensure(["parsemap"])["parsemap"]
    pipe = subprocess.PIPE
    with subprocess.Popen([program], stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Judge(process.stdin, process.stdout)
        process.stdin.close()
