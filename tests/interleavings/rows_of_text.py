"""What a body of ``mapRoles`` says, read here without the registrar's own code."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

OUR_NAME = re.compile(r"eks-registrar:[0-9]{12}:role/[^:/]+:\{\{SessionName\}\}")

# A row with its indented lines, or any other line.
PIECE = re.compile(r"- .*\n(?:  .*\n)*|.*\n")


@cache
def our_rows(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Our rows as (ARN, groups), in their order; none in a text that nobody can read."""
    ours = (row for row in _rows(text) if OUR_NAME.fullmatch(str(row.get("username"))))
    return tuple((row["rolearn"], tuple(row["groups"])) for row in ours)


@cache
def foreign_arns(text: str) -> frozenset[str]:
    """Whom the rows of others speak for."""
    return frozenset(str(row["rolearn"]) for row in _rows(text) if not OUR_NAME.fullmatch(str(row.get("username"))))


@cache
def theirs(text: str) -> str:
    """The text without our rows, in whatever style they are written."""
    return "".join(piece for piece in PIECE.findall(text) if not OUR_NAME.search(piece))


def line(arn: str, groups: tuple[str, ...]) -> str:
    """The fixed form of a row of ours (design, section 4)."""
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[1]
    listed = ", ".join(f'"{group}"' for group in groups)
    username = f"eks-registrar:{account}:role/{name}:{{{{SessionName}}}}"
    return f'- {{"rolearn": "{arn}", "username": "{username}", "groups": [{listed}]}}\n'


@cache
def readable(text: str) -> bool:
    """Whether it is YAML at all."""
    try:
        yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return True


def _rows(text: str) -> list[Any]:
    rows: list[Any] = (yaml.safe_load(text) if readable(text) else None) or []
    return rows
