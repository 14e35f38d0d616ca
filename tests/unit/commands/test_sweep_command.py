"""`eks-registrar sweep` over a cluster in memory: what it does, says and returns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registrar import cli
from registrar.errors import Throttled
from tests.unit.commands.terminal import Terminal, viewing
from tests.unit.samples import PREFIX, asks, ref

Terminals = Callable[..., Terminal]


def test_a_sweep_does_what_the_plan_says_and_is_complete(terminal: Terminals) -> None:
    """Then there is nothing to do."""
    made = terminal(asks("view", name="new"), asks("view"), rows=viewing("alice", "left"))
    status, said = made.says("sweep", "--cluster", "prod")
    assert status == 0
    assert said.endswith("prod: 1 row added, 1 removed\n")
    assert made.says("plan", "--cluster", "prod") == (0, "prod: nothing to do\n")


def test_a_sweep_that_only_observes_says_so_loudly(terminal: Terminals) -> None:
    """It is complete: nothing is left undone that should be done."""
    status, said = terminal(asks("view", cluster="test")).says("sweep", "--cluster", "test")
    assert status == 0
    assert (
        "test: NOTHING WRITTEN: mode observe; not even a revocation takes effect. "
        "The plan is 1 row to add; 1 binding to make"
    ) in said


def test_a_brake_stops_a_sweep_with_3_and_another_hash_does_not_help(terminal: Terminals) -> None:
    """Nothing is written; the printed command does it."""
    made = terminal(asks("view", name="new"), rows=viewing("a", "b"))
    status, said = made.says("sweep", "--cluster", "prod", "--plan-hash", "0" * 16)
    assert status == 3
    assert "STOPPED BY A BRAKE, NOTHING WRITTEN: all 2 rows of account 123456789012 would be removed" in said
    assert f"plan {'0' * 16}, which was asked for, is not this one" in said
    assert made.world.rows["prod"].writes == 0
    command = said.rstrip().splitlines()[-1].split()
    assert made.says(*command[1:])[0] == 0
    assert [row.arn.rpartition("/")[2] for row in made.world.rows["prod"].read().held.ours] == ["new"]


def test_a_hash_that_is_none_is_a_wrong_command_line(terminal: Terminals) -> None:
    """64, before anything is read."""
    with pytest.raises(SystemExit) as caught:
        terminal().says("sweep", "--plan-hash", "yes")
    assert caught.value.code == 64


def test_a_sweep_that_fails_returns_1(terminal: Terminals) -> None:
    """The error is told, and nothing was written."""
    made = terminal(asks("view"))
    made.world.iam.fails = {ref("x"): Throttled("iam:GetAccountAuthorizationDetails: slow down")}
    status, said = made.says("sweep")
    assert status == 1
    assert "prod: FAILED: Throttled: iam:GetAccountAuthorizationDetails: slow down" in said
    assert made.world.rows["prod"].writes == 0


def test_remote_asks_every_function_for_every_account(
    terminal: Terminals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that does not answer hinders no other, and the command has failed."""
    made = terminal(asks("view"))
    asked = []

    def invoke(_: object, region: str, function: str, request: dict[str, object]) -> object:
        asked.append((region, function, request))
        settled = made.world.registrar().sweep(str(request["account"]))
        return {"outcome": "", "clusters": [] if not settled else "nonsense"}

    monkeypatch.setattr("registrar.commands.asking.invoke", invoke)
    assert cli.main(["sweep", "--remote"]) == 1
    request = {"registrar": "sweep", "account": "123456789012", "planHash": None}
    assert asked == [("eu-west-1", "eks-registrar-public", request)]
    assert "function eks-registrar-public in eu-west-1 answered something else" in capsys.readouterr().err
    assert f"{PREFIX}:view" in made.world.bindings["prod"].there
