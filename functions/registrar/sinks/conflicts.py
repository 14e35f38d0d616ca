"""Whether a foreign row already speaks for a role.

Sources: aws-iam-authenticator ``pkg/config/mapper.go`` (Matches, SSOArnLike) and ``pkg/arn/arnlike.go`` (``*`` stands
for any characters, ``?`` for at most one). A conflict is found rather once too often: the partition of an ``sso`` row
and rows that the authenticator drops are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registrar.sinks.role_mapping import RoleMapping, without_role_path

_SECTIONS = 6


@dataclass(frozen=True)
class ForeignClaims:
    """The foreign rows of aws-auth, so that asking for many roles does not look at every row for each."""

    by_arn: Mapping[str, RoleMapping]
    patterns: tuple[RoleMapping, ...]

    @classmethod
    def of(cls, foreign: Iterable[RoleMapping]) -> ForeignClaims:
        """The claims of some foreign rows."""
        rows = tuple(foreign)
        literal = (row for row in rows if row.rolearn is not None and not _is_pattern(row.rolearn))
        by_arn = {without_role_path((row.rolearn or "").casefold()): row for row in literal}
        return cls(by_arn, tuple(row for row in rows if row.sso is not None or _is_pattern(row.rolearn or "")))

    def on(self, role_arn: str) -> RoleMapping | None:
        """The row that is for this role: the same ARN without case and path, a pattern, or its permission set."""
        found = self.by_arn.get(without_role_path(role_arn.casefold()))
        return found or next((row for row in self.patterns if _pattern_matches(role_arn, row)), None)


def _is_pattern(arn: str) -> bool:
    return "*" in arn or "?" in arn


def _pattern_matches(role_arn: str, foreign: RoleMapping) -> bool:
    arn = without_role_path(role_arn.casefold())
    if foreign.rolearn is not None and _like(arn, without_role_path(foreign.rolearn.casefold())):
        return True
    if foreign.sso is None:
        return False
    pattern = f"arn:*:iam::{foreign.sso.account}:role/AWSReservedSSO_{foreign.sso.permission_set}_*"
    return _like(arn, pattern.casefold())


def _like(arn: str, pattern: str) -> bool:
    """ArnLike: section by section, so that a ``*`` does not reach beyond its colon."""
    if not _is_pattern(pattern):
        return arn == pattern
    sections, patterns = arn.split(":", _SECTIONS - 1), pattern.split(":", _SECTIONS - 1)
    if len(sections) != _SECTIONS or len(patterns) != _SECTIONS:
        return False
    return all(_is_like(section, part) for section, part in zip(sections, patterns, strict=True))


def _is_like(section: str, pattern: str) -> bool:
    """``*`` stands for any characters, ``?`` for at most one: by the places that a match can have come to.

    A regular expression of many ``*`` goes back and forth for seconds.
    """
    places, end = {0}, len(section)
    for letter in pattern:
        if letter == "*":
            places = set(range(min(places), end + 1)) if places else places
        elif letter == "?":
            places |= {place + 1 for place in places if place < end}
        else:
            places = {place + 1 for place in places if place < end and section[place] == letter}
    return end in places
