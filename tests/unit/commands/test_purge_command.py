"""`eks-registrar purge` over a cluster in memory: shown first, done by the hash of what was shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registrar.answers import answer_purge
from registrar.errors import Unreachable
from tests.unit.commands.terminal import Terminal, viewing
from tests.unit.memory import NODE_ROW
from tests.unit.samples import PREFIX, asks

Terminals = Callable[..., Terminal]
PURGE = ("purge", "--cluster", "prod")


def the_command(said: str) -> list[str]:
    """The arguments of the command that was printed to go on with."""
    [line] = [line for line in said.splitlines() if "--plan-hash" in line]
    return line.split()[1:]


def test_a_purge_shows_what_would_go_and_the_command_that_does_it(terminal: Terminals) -> None:
    """Rows and bindings, orphans included; nothing is written."""
    made = terminal(asks("view"), rows=viewing("alice", "bob"))
    made.world.bindings["prod"].there.add(f"{PREFIX}:edit@orphaned")
    status, said = made.says(*PURGE)
    assert status == 2
    for line in ("remove  123456789012:role/alice", "remove  123456789012:role/bob", f"drop    {PREFIX}:edit@orphaned"):
        assert line in said
    assert "prod: NOTHING WRITTEN: this would be removed: 2 rows to remove; 2 bindings to drop. Plan " in said
    assert made.world.rows["prod"].writes == 0


def test_the_printed_command_leaves_nothing_of_ours_and_every_other_byte(terminal: Terminals) -> None:
    """And says what a person must remove; once more, there is nothing to do."""
    made = terminal(asks("view"), rows=viewing("alice", "bob"))
    status, said = made.says(*the_command(made.says(*PURGE)[1]))
    assert status == 0
    assert made.world.rows["prod"].text == NODE_ROW
    assert made.world.bindings["prod"].there == set()
    assert "prod: purged: 2 rows removed; 1 binding dropped\n" in said
    assert "  eks-registrar manifests --cluster prod | kubectl delete -f -\n" in said
    assert "the row with the group eks-registrar-controller" in said
    status, said = made.says(*PURGE)
    assert (status, "prod: nothing of ours is left\n" in said) == (0, True)


def test_a_purge_with_another_hash_does_nothing(terminal: Terminals) -> None:
    """Somebody was registered since the plan was shown: it is shown anew."""
    made = terminal(asks("view"), asks("view", name="later"), rows=viewing("alice"))
    command = the_command(made.says(*PURGE)[1])
    made.says("sweep", "--cluster", "prod")
    writes = made.world.rows["prod"].writes
    status, said = made.says(*command)
    assert status == 3
    assert f"NOTHING WRITTEN: the plan is no longer {command[-1]}, look at it again: 2 rows to remove" in said
    assert made.world.rows["prod"].writes == writes
    assert made.says(*the_command(said))[0] == 0


def test_a_purge_warns_where_the_registrar_would_write_again(terminal: Terminals) -> None:
    """In mode enforce the next event undoes it; in mode observe there is no warning."""
    made = terminal(asks("view"), rows=viewing("alice"))
    assert "prod: WARNING: registrar.yaml has it in mode enforce" in made.says(*PURGE)[1]
    assert "WARNING" not in made.says("purge", "--cluster", "test")[1]


def test_a_purge_that_cannot_read_the_cluster_fails(terminal: Terminals) -> None:
    """Exit 1, and nothing is said to be left or gone."""
    made = terminal()
    made.world.rows["prod"].broken = Unreachable("cluster prod: no answer")
    status, said = made.says(*PURGE)
    assert status == 1
    assert "prod: FAILED: Unreachable: cluster prod: no answer" in said
    assert "manifests" not in said


def test_a_cluster_that_has_left_the_file_is_purged_by_its_place(terminal: Terminals) -> None:
    """What doctor says of it is the command; its manifests are removed by their label."""
    made = terminal(rows=viewing("alice"))
    made.world.rows["old"], made.world.bindings["old"] = made.world.rows["prod"], made.world.bindings["prod"]
    place = ("purge", "--cluster", "old", "--region", "eu-west-1", "--account", "123456789012")
    status, said = made.says(*place)
    assert (status, "WARNING" in said) == (2, False)
    command = the_command(said)
    assert tuple(command[:-2]) == place
    status, said = made.says(*command)
    assert (status, made.world.rows["old"].text) == (0, NODE_ROW)
    assert "namespaces -l app.kubernetes.io/managed-by=eks-registrar-controller" in said
    assert "registrar.yaml" not in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["old", "--region", "eu-west-1"], "--region and --account go together"),
        (["old"], "no cluster 'old' in registrar.yaml; it has: prod, test"),
        (["prod", "--region", "eu-west-1", "--account", "123456789012"], "still has this cluster, with the tag prod"),
        (["old", "--region", "eu-west-1", "--account", "123456789012", "--remote"], "no function knows cluster old"),
    ],
)
def test_a_cluster_that_is_wrongly_named_is_not_purged(terminal: Terminals, words: list[str], told: str) -> None:
    """78, and the words say what to say instead."""
    made = terminal(rows=viewing("alice"))
    status, said = made.says("purge", "--cluster", *words)
    assert (status, told in said) == (78, True)


def test_remote_lets_the_function_purge(terminal: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the request that it answers; the next command is remote as well."""
    made = terminal(asks("view"), rows=viewing("alice"))

    def invoke(_: object, region: str, function: str, request: dict[str, object]) -> object:
        assert (region, function) == ("eu-west-1", "mine")
        return answer_purge(request, made.world.registrar())

    monkeypatch.setattr("registrar.commands.asking.invoke", invoke)
    status, said = made.says(*PURGE, "--remote", "--function", "mine")
    assert status == 2
    command = the_command(said)
    assert command[-3:] == ["--remote", "--function", "mine"]
    assert made.says(*command)[0] == 0
    assert made.world.rows["prod"].text == NODE_ROW
