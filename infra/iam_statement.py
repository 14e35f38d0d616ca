"""Statements of IAM policies: made, and packed into as few policies as they need. Pure, without the CDK."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from infra.tag_guard_document import MANAGED_POLICY_CHARACTERS, Statement, size

Condition = dict[str, Any]


def statement(
    effect: str, actions: Sequence[str], resources: list[str], condition: Condition | None = None
) -> Statement:
    """One statement, without a condition where that is empty."""
    made: Statement = {"Effect": effect, "Action": list(actions), "Resource": resources}
    return made | ({"Condition": condition} if condition else {})


def within(key: str, patterns: Sequence[str]) -> Condition:
    """True of a request with values of a multivalued key, all of them like one of these patterns."""
    return {
        # ForAllValues is true of no value at all. Null forbids a request without the key, ForAnyValue an empty list.
        "ForAllValues:StringLike": {key: list(patterns)},
        "ForAnyValue:StringLike": {key: "?*"},
        "Null": {key: "false"},
    }


def packed(statements: Iterable[Statement]) -> list[list[Statement]]:
    """The statements, each of which fits, in as few groups as their order allows."""
    groups: list[list[Statement]] = []
    for one in statements:
        if groups and size([*groups[-1], one]) <= MANAGED_POLICY_CHARACTERS:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups
