"""A body of ``mapRoles`` with the places of its rows. Offsets count characters of the text, from 0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from registrar.sinks.role_mapping import RoleMapping


class Style(Enum):
    """How the list is written."""

    EMPTY = "no list"
    BLOCK = "block"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of the list: what it means, and its first character and the one behind its last."""

    mapping: RoleMapping
    start: int
    end: int


@dataclass(frozen=True)
class Body:
    """The list of a body. ``head`` is the offset at which a first row may stand, ``None`` if there is none."""

    style: Style
    head: int | None
    entries: tuple[Entry, ...]
