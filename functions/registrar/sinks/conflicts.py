"""Whether a foreign row already speaks for a role.

Sources: aws-iam-authenticator ``pkg/config/mapper.go`` (Matches, SSOArnLike) and ``pkg/arn/arnlike.go`` (``*`` stands
for any characters, ``?`` for at most one). A conflict is found rather once too often: the partition of an ``sso`` row
and rows that the authenticator drops are not looked at.
"""

from __future__ import annotations

import re

from registrar.sinks.role_mapping import RoleMapping

_SECTIONS = 6


def matches_foreign(role_arn: str, foreign: RoleMapping) -> bool:
    """Whether a foreign row is for this role: the same ARN without case and path, a pattern, or its permission set."""
    arn = _without_path(role_arn.casefold())
    if foreign.rolearn is not None and _like(arn, _without_path(foreign.rolearn.casefold())):
        return True
    if foreign.sso is None:
        return False
    pattern = f"arn:*:iam::{foreign.sso.account}:role/AWSReservedSSO_{foreign.sso.permission_set}_*"
    return _like(arn, pattern.casefold())


def _without_path(arn: str) -> str:
    prefix, slash, resource = arn.partition(":role/")
    return prefix + slash + resource.rsplit("/", 1)[-1]


def _like(arn: str, pattern: str) -> bool:
    """ArnLike: section by section, so that a ``*`` does not reach beyond its colon."""
    if "*" not in pattern and "?" not in pattern:
        return arn == pattern
    sections, patterns = arn.split(":", _SECTIONS - 1), pattern.split(":", _SECTIONS - 1)
    if len(sections) != _SECTIONS or len(patterns) != _SECTIONS:
        return False
    return all(_glob(part).fullmatch(section) for section, part in zip(sections, patterns, strict=True))


def _glob(part: str) -> re.Pattern[str]:
    words = {"*": ".*", "?": ".?"}
    return re.compile("".join(words.get(character) or re.escape(character) for character in part))
