"""docs/migrate.md says what `eks-registrar migrate` says."""

from __future__ import annotations

import re

from pages import page

from registrar.commands.migrate_told import Outcome, as_json
from registrar.marks import Marks
from registrar.migration.model import AuthRow, Item, Place, Request, State
from registrar.migration.plan import Migration
from registrar.policy import Cluster
from registrar.sinks.role_mapping import RoleMapping

PAGE = page("docs/migrate.md")


def test_every_key_of_the_json_is_documented() -> None:
    """Of the cluster, and of its rows."""
    cluster = Cluster("prod", "prod", "123456789012", "eu-west-1")
    item = Item(AuthRow(Place.ROLES, 1, RoleMapping("arn")), State.NOBODY, "")
    found = as_json(Outcome(Migration(cluster, Marks("eks-registrar"), "API", Request(), (item,), ()), "here"))
    assert [key for key in (*found, *found["rows"][0]) if f"`{key}`" not in PAGE] == []


def test_every_state_is_explained() -> None:
    """What a row becomes, in the words of the table, and no other."""
    explained = re.findall(r"^\| `([a-z ]+)` \|", PAGE.partition("What cannot move:")[0], re.MULTILINE)
    assert explained == [state.value for state in (
        State.MOVE, State.FINISH, State.ON_REQUEST, State.DONE, State.DIFFERENT, State.DEAD, State.OURS, State.NODE,
        State.CANNOT, State.NOBODY,
    )]  # fmt: skip
    assert len(explained) == len(State)
