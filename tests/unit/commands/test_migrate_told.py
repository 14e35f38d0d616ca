"""What `eks-registrar migrate` says, to a person and to a program."""

from __future__ import annotations

from datetime import UTC, datetime

from registrar.commands.migrate_told import Outcome, as_json, as_text
from registrar.errors import Unreachable
from registrar.marks import Marks
from registrar.migration.model import AuthRow, Facts, Found, Request
from registrar.migration.plan import Migration, migration
from registrar.migration.rows import AuthRows, read_rows
from registrar.policy import Cluster

CLUSTER = Cluster("prod-1", "prod", "123456789012", "eu-west-1", mode="enforce")
DEV = "arn:aws:iam::123456789012:role/dev"
NODES = "arn:aws:iam::123456789012:role/nodes"
ROWS = (
    f"- {{rolearn: {NODES}, username: 'system:node:{{{{EC2PrivateDNSName}}}}', groups: ['system:nodes']}}\n"
    f"- {{rolearn: {DEV}, username: 'dev:{{{{SessionName}}}}', groups: [devs]}}\n"
)
API = "aws eks update-cluster-config --region eu-west-1 --name prod-1 --access-config authenticationMode=API"


def told(text: str = ROWS, mode: str = "API_AND_CONFIG_MAP", *, foreign: bool = True) -> Migration:
    """The plan of a cluster in which every role is there and has no entry."""
    rows: AuthRows = read_rows({"mapRoles": text})
    facts: dict[AuthRow, Facts] = {
        row: Facts(Found(row.arn, datetime(2026, 1, 1, tzinfo=UTC))) for row in rows.counting
    }
    return migration(CLUSTER, Marks("eks-registrar"), mode, Request(foreign=foreign), rows, facts)


def test_the_json_is_stable() -> None:
    """Its keys are documented in docs/migrate.md."""
    found = as_json(Outcome(told(), "here"))
    assert list(found) == [
        "cluster", "mode", "applied", "refused", "rows", "mapAccounts", "toMake", "toFinish", "toRemove", "bridge",
        "done", "errors", "shutOutByApi", "modeCommand", "wayBack",
    ]  # fmt: skip
    assert found["rows"][1] == {
        "principal": DEV,
        "place": "mapRoles",
        "row": 2,
        "username": "dev:{{SessionName}}",
        "groups": ["devs"],
        "state": "move",
        "reason": "an entry of the same username and groups",
        "chosen": True,
        "entry": {"principalArn": DEV, "username": "dev:{{SessionName}}", "groups": ["devs"], "policies": []},
        "commands": [],
    }
    assert (found["toMake"], found["modeCommand"]) == ([DEV], API)


def test_nodes_come_first_and_stop_the_last_step() -> None:
    """Loudly, before the command that has no way back."""
    said = as_text(Outcome(told(), "context prod at https://x"))
    assert said.index(f"!! {NODES}") < said.index(f"- {DEV}") < said.index("STOP: it shuts out the 2 above")
    assert said.rstrip().endswith(API)


def test_the_first_step_is_told_where_there_are_no_entries() -> None:
    """And not yet the last one."""
    said = as_text(Outcome(told(mode="CONFIG_MAP"), "here", refused=True))
    assert "NOTHING WRITTEN" in said
    assert f"{API}_AND_CONFIG_MAP" in said
    assert "The last step" not in said


def test_in_the_last_mode_they_are_shut_out() -> None:
    """No command is left to be told."""
    said = as_text(Outcome(told(mode="API"), "here"))
    assert ("SHUT OUT by the mode API" in said, "update-cluster-config" in said) == (True, False)


def test_what_was_done_and_what_failed_is_told() -> None:
    """With the kind of the error, and where the way back is."""
    failed = ((DEV, Unreachable("no answer")),)
    said = as_text(Outcome(told(), "here", ("made the entry of x",), failed, "kept-here", applied=True))
    for words in (
        "Done: made the entry of x",
        f"FAILED: {DEV}: Unreachable: no answer",
        "kept in kept-here",
        "Left: 1",
    ):
        assert words in said


def test_a_terminal_obeys_nothing_of_it() -> None:
    """A username may hold an escape sequence, quoted."""
    text = f'- {{rolearn: "{DEV}", username: "\\e[2Jx:system:", groups: ["\\e[31m{{"]}}\n'
    assert "\x1b" not in as_text(Outcome(told(text), "here"))


def test_nothing_to_do_is_said_plainly() -> None:
    """No row, nobody shut out."""
    said = as_text(Outcome(told("", foreign=False), "here"))
    assert "aws-auth has no rows" in said
    assert "Nothing to do" in said
    assert "Nobody who has a row would be shut out" in said
