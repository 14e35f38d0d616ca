"""A cluster in memory for the tests of the sweep: roles in IAM, rows that stand, and what a sweep makes of them."""

from __future__ import annotations

from registrar.marks import row_for
from registrar.model import Role, Row
from registrar.result import ClusterResult
from registrar.service import Outcome
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.unit.memory import World, world
from tests.unit.samples import ACCOUNT, MARKS, PREFIX, role

RULES = """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*"]}
"""
SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
OTHER = "111122223333"


def made_of(*roles: Role, standing: tuple[Row, ...] = ()) -> World:
    """A world in which IAM knows these roles and some rows of ours stand."""
    made = world(*roles, rules=RULES)
    made.open(made.policy.cluster("prod"))
    rows = made.rows["prod"]
    rows.text = write_map_roles(read_map_roles(rows.text, MARKS), standing, MARKS)
    made.bindings["prod"].there.update(group for one in standing for group in one.groups)
    return made


def viewing(*names: str, account: str = ACCOUNT) -> tuple[Row, ...]:
    """Rows of ours that let these roles view."""
    return tuple(row_for(role(name, account=account), (f"{PREFIX}:view",), PREFIX) for name in names)


def swept(made: World, plan_hash: str | None = None) -> tuple[Outcome, ClusterResult]:
    """What a sweep came to."""
    settled = made.registrar().settle([{**SWEEP, "planHash": plan_hash}])
    return settled.outcomes[0], settled.results[0]


def rows(made: World) -> dict[str, tuple[str, ...]]:
    """The groups of our rows, by the role's name."""
    return {row.arn.rsplit("/", 1)[1]: row.groups for row in made.rows["prod"].read().held.ours}
