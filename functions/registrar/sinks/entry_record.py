"""All access entries of a cluster as the history keeps them: a text that a person can read, and compare line by line.

    [
    {"arn":"arn:aws:iam::123456789012:role/admin","type":"STANDARD","username":"…","groups":["ops"],
     "policies":["AmazonEKSViewPolicy@payments"],"tags":{…},"created":"2026-11-24T03:00:00Z"},      one line each
    {"arn":"arn:aws:iam::123456789012:role/dev/alice","ours":true,"groups":["eks-registrar:view"]}
    ]

Pure. Sorted by ARN. What is ours is short: nobody takes it from here, the sweep writes it from IAM. So the most entries
that EKS allows find room in a ConfigMap.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from registrar.eks.entry import AccessEntry
from registrar.grants import Grant, GrantKind

KEY = "accessEntries"
"""The key of a kept ConfigMap's ``data`` that holds them; aws-auth has no such key."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class EntryThen:
    """One access entry as it was kept. ``policies`` are access policies as a tag spells them: ``NAME@namespace``."""

    arn: str
    ours: bool
    kind: str
    username: str
    groups: tuple[str, ...]
    policies: tuple[str, ...]
    tags: dict[str, str] = field(default_factory=dict)
    created: str = ""

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The access policies as grants."""
        parts = (one.partition("@") for one in self.policies)
        return tuple(Grant(GrantKind.POLICY, name, namespace or None) for name, _, namespace in parts)


def then_of(entry: AccessEntry, *, ours: bool) -> EntryThen:
    """An entry as it is kept. Its access policies must have been read."""
    policies = tuple(grant.text.removeprefix("policy=") for grant in entry.policies)
    if ours:
        return EntryThen(entry.arn, True, "", "", entry.groups, policies)
    created = entry.created.astimezone(UTC).strftime(_TIME)
    return EntryThen(entry.arn, False, entry.kind, entry.username, entry.groups, policies, dict(entry.tags), created)


def entries_text(entries: Iterable[EntryThen]) -> str:
    """The text that is kept."""
    lines = sorted(_line(one) for one in entries)
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def entries_of_text(text: str) -> tuple[EntryThen, ...]:
    """The entries of a kept text. Raises ``ValueError`` for one that we did not write."""
    try:
        return tuple(_read(one) for one in json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no record of access entries: {type(error).__name__} {error}") from error


def fingerprint_of_entries(entries: Iterable[EntryThen]) -> str:
    """The first 32 hex digits of the SHA-256 of the entries that are not ours."""
    return hashlib.sha256(entries_text(one for one in entries if not one.ours).encode()).hexdigest()[:32]


def _line(one: EntryThen) -> str:
    told: dict[str, Any] = {"arn": one.arn, "ours": one.ours, "type": one.kind, "username": one.username}
    told |= {"groups": one.groups, "policies": one.policies, "tags": dict(sorted(one.tags.items()))}
    present = {key: value for key, value in (told | {"created": one.created}).items() if value}
    return json.dumps(present, separators=(",", ":"))


def _read(found: dict[str, Any]) -> EntryThen:
    texts = [found["arn"], *(found.get(key, "") for key in ("type", "username", "created"))]
    lists = [*found.get("groups", ()), *found.get("policies", ()), *found.get("tags", {}).values()]
    if not all(isinstance(one, str) for one in (*texts, *lists)):
        raise TypeError("a value that is no text")
    datetime.strptime(found.get("created", "2026-01-01T00:00:00Z"), _TIME).replace(tzinfo=UTC)
    arn, kind, username, created = texts
    groups, policies = (tuple(found.get(key, ())) for key in ("groups", "policies"))
    return EntryThen(
        arn, bool(found.get("ours")), kind, username, groups, policies, dict(found.get("tags", {})), created
    )
