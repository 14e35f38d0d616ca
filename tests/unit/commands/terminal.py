"""The command line over a world in memory: what it prints and what it returns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from registrar import cli
from registrar.marks import row_for
from registrar.model import Row
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.unit.memory import World
from tests.unit.samples import MARKS, PREFIX, role


@dataclass(frozen=True)
class Terminal:
    """``eks-registrar`` as a person calls it; only AWS and the clusters are in memory."""

    world: World
    capsys: pytest.CaptureFixture[str]

    def says(self, *arguments: str) -> tuple[int, str]:
        """The exit code and what was printed, stderr last."""
        status = cli.main(arguments)
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def json(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """The exit code and the ``clusters`` of the JSON output."""
        status = cli.main([*arguments, "--output", "json"])
        return status, json.loads(self.capsys.readouterr().out)["clusters"]


def standing(made: World, *rows: Row, cluster: str = "prod") -> World:
    """The same world, in which these rows of ours stand with their bindings."""
    made.open(made.policy.cluster(cluster))
    there = made.rows[cluster]
    there.text = write_map_roles(read_map_roles(there.text, MARKS), rows, MARKS)
    made.bindings[cluster].there.update(group for row in rows for group in row.groups)
    return made


def viewing(*names: str) -> tuple[Row, ...]:
    """Rows of ours that let these roles view."""
    return tuple(row_for(role(name), (f"{PREFIX}:view",), PREFIX) for name in names)
