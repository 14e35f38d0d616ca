"""What is asserted after every fault, the same for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import boto3
from scene import Seen, create_role

from lab.kubernetes_api import KubernetesApi
from lab.local_eks import LocalEks
from lab.parsemap import ParseMap
from lab.sessions import session_of, who_is

FOREIGN_ROLE = "platform-admin"


@dataclass(frozen=True)
class Inquest:
    """The judges: the authenticator's own parser, and a foreign role that asks the API server who it is."""

    parse_map: ParseMap
    foreign: ForeignRole

    def foreign_is_untouched(self, before: Seen, after: Seen) -> None:
        """Not a byte of what is not ours has changed, and the authenticator maps all of it as before."""
        assert after.foreign == before.foreign
        assert after.foreign_bindings == before.foreign_bindings
        assert after.foreign_entries == before.foreign_entries
        assert self.mapped(after) == self.mapped(before)
        assert self.foreign.is_known(), f"the authenticator no longer knows {FOREIGN_ROLE}"

    def nobody_gains(self, before: Seen, after: Seen, undisturbed: Seen) -> None:
        """No access entry gives what neither stood before nor was asked for; none goes before its row.

        One of ours whose row stays behind would give access back by it.
        """
        for role, entry in after.entries.items():
            may = rights(before.entries.get(role)) | rights(undisturbed.entries.get(role))
            assert rights(entry) <= may, f"{role} has more than was ever asked for"
        gone = before.entries.keys() - after.entries.keys()
        assert not [row for row in after.rows for role in gone if f":role/{role}:" in row]

    def mapped(self, seen: Seen) -> tuple[Any, ...]:
        """The foreign rows, users and accounts that the authenticator reads."""
        verdict = self.parse_map(seen.data)
        assert verdict.error == ""
        foreign = [row for row in verdict.roles if not str(row.get("username")).startswith("eks-registrar:")]
        return foreign, verdict.users, verdict.accounts


def rights(entry: Mapping[str, Any] | None) -> set[str]:
    """What an access entry gives: groups, and access policies in their scopes."""
    if entry is None:
        return set()
    scopes = {f"{name} in {one}" for name, namespaces in entry["policies"].items() for one in namespaces}
    return {*entry["groups"], *scopes}


def lost(before: Seen, after: Seen, *, wiped: bool = False) -> list[str]:
    """The rows that are gone and that nobody asked to take away: foreign ones, and the resident's unless ``wiped``."""
    theirs = [line for line in before.foreign["mapRoles"].splitlines() if line not in after.foreign["mapRoles"]]
    ours = [row for row in before.rows if ":role/resident:" in row and row not in after.rows]
    if before.entries.get("resident") != after.entries.get("resident"):
        ours.append("the resident's access entry")
    return theirs if wiped else theirs + ours


@dataclass(frozen=True)
class ForeignRole:
    """A role with a row that is not ours, which asks the API server who it is, through the whole real chain."""

    api: KubernetesApi
    session: boto3.Session
    first: Any = None

    @classmethod
    def of(cls, lab: LocalEks) -> ForeignRole:
        """Make the role, if it is not there, and a session of it."""
        if FOREIGN_ROLE not in [role["RoleName"] for role in lab.aws.client("iam").list_roles()["Roles"]]:
            create_role(lab, FOREIGN_ROLE)
        session = session_of(lab.aws.role_environment(FOREIGN_ROLE))
        role = cls(KubernetesApi(lab.endpoint, lab.ca_pem), session)
        return replace(role, first=role.known_as())

    def is_known(self) -> bool:
        """Whether the authenticator maps it, as it did in the beginning."""
        return self.first is not None and self.known_as() == self.first

    def known_as(self) -> Any:
        """Its username and groups, by a token of its own; ``None`` if it is not mapped."""
        user = who_is(self.api, self.session)
        return (user["username"], sorted(user["groups"])) if user else None
