"""The ring under two writers and a crash: the real API server refuses, nothing that was kept is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from kept_history import NOTE, changed_by_hand, command, history, kept
from stage import Stage

from registrar import configuration
from registrar.eks.client import Kubernetes, Object
from registrar.errors import Unreachable
from registrar.marks import Marks
from registrar.sinks.aws_auth import AwsAuthConfigMap
from registrar.sinks.history import HistoryConfigMaps

MARKS = Marks("eks-registrar")

__all__ = ["history"]


@dataclass(frozen=True)
class Interrupted(Kubernetes):
    """The registrar's connection; before each replacing request something happens, told how many there were."""

    happens: Callable[[int], None] = lambda _: None
    sent: list[str] = field(default_factory=list)

    def replace(self, path: str, body: Object) -> Object:
        """As ever, after what happens."""
        self.sent.append(path)
        self.happens(len(self.sent))
        return super().replace(path, body)


@dataclass(frozen=True)
class Keeper:
    """A run of the registrar that is about to write aws-auth as it is now."""

    stage: Stage

    def keep(self, happens: Callable[[int], None] | None = None) -> str | None:
        """Keep it; returns why not."""
        registrar = self.stage.registrar()
        (cluster,) = configuration.load(self.stage.lab.configuration).clusters
        rows: Any = registrar.open_cluster(cluster).rows
        assert isinstance(rows, AwsAuthConfigMap)
        current, real = rows.read(), rows.kubernetes
        connection = Interrupted(real.cluster, real.url, real.pool, real.tokens, happens or (lambda _: None))
        history = HistoryConfigMaps(connection, MARKS, lambda: datetime.now(UTC))
        return history.keep(rows.record(current), "adds x")


@pytest.fixture
def keeper(history: Stage) -> Keeper:
    """Nothing is kept yet."""
    return Keeper(history)


def shown(keeper: Keeper) -> list[str]:
    """The kept texts of ``mapRoles``, newest first."""
    numbers = [str(one["number"]) for one in kept(keeper.stage)]
    return [command(keeper.stage, "history", "--show", number)[1] for number in numbers]


def test_two_runs_keep_the_same_body_once(keeper: Keeper) -> None:
    """Whoever comes second gets 409, looks again, and finds it kept."""
    once = [keeper.keep]
    assert keeper.keep(lambda _: once.pop()() if once else None) is None
    assert [one["number"] for one in kept(keeper.stage)] == [1]


def test_two_runs_keep_two_bodies_side_by_side(keeper: Keeper) -> None:
    """The slower one puts its own beside the other's."""

    def another(_: int) -> None:
        if once:
            once.pop()
            changed_by_hand(keeper.stage, "by the other")
            assert keeper.keep() is None

    once = [1]
    assert keeper.keep(another) is None
    assert [one["number"] for one in kept(keeper.stage)] == [2, 1]
    newest, older = shown(keeper)
    assert NOTE.format("by the other") not in newest
    assert NOTE.format("by the other") in older


def test_a_run_that_is_overtaken_again_and_again_gives_up_and_says_so(keeper: Keeper) -> None:
    """It must not hold up the write that it stands before."""

    def another(number: int) -> None:
        changed_by_hand(keeper.stage, number)
        assert keeper.keep() is None

    warning = keeper.keep(another)
    assert warning is not None
    assert "other runs wrote history-0 under each of 3 tries" in warning


@pytest.mark.parametrize("ends_before", [1, 2])
def test_a_run_that_ends_half_way_loses_no_body(keeper: Keeper, ends_before: int) -> None:
    """Before it moves the older body, or between that and its own."""

    def ends(number: int) -> None:
        if number == ends_before:
            raise Unreachable("the process is gone")

    assert keeper.keep() is None
    changed_by_hand(keeper.stage, "since")
    assert keeper.keep(ends) is not None
    assert [one["number"] for one in kept(keeper.stage)] == [1]
    assert keeper.keep() is None
    assert [one["number"] for one in kept(keeper.stage)] == [2, 1]
    newest, older = shown(keeper)
    assert NOTE.format("since") in newest
    assert NOTE.format("since") not in older


def test_a_note_that_was_torn_off_the_newest_body_starts_no_number_again(keeper: Keeper) -> None:
    """The ring knows how far the numbers had come."""
    for number in range(3):
        changed_by_hand(keeper.stage, number)
        assert keeper.keep() is None
    keeper.stage.lab.kubectl("annotate", "configmap", "history-0", "-n", "eks-registrar", "eks-registrar/kept-")
    changed_by_hand(keeper.stage, "since")
    assert keeper.keep() is None
    assert [one["number"] for one in kept(keeper.stage)] == [3, 2, 1]
