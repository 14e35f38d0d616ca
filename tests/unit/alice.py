"""Alice, whose role has a path, and the access entry of ours that she has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registrar.marks import entry_for
from registrar.model import Role, Row
from tests.unit.samples import PREFIX, asks, grant


def person(*words: str) -> Role:
    """Alice, of the path /dev/, who asks for these grants."""
    return asks(*words, path="/dev/")


def entry(*words: str, **changed: Any) -> Row:
    """The access entry of ours that gives her these grants."""
    grants = [grant(word) for word in words]
    groups = tuple(g.name if g.kind == "group" else f"{PREFIX}:{g.text}" for g in grants if g.kind != "policy")
    made = entry_for(person(), groups, [g for g in grants if g.kind == "policy"], PREFIX)
    return replace(made, **changed)
