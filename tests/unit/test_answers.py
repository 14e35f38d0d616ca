"""What the function answers to `plan` and `purge`, and what it does not take."""

from __future__ import annotations

import pytest

from registrar.answers import answer_plan, answer_purge
from registrar.errors import PoisonRecord
from registrar.result import ClusterResult
from tests.unit.memory import World, event, world
from tests.unit.samples import ACCOUNT, asks


def standing() -> World:
    """A world in which one role is registered in ``prod``."""
    made = world(asks("view"))
    made.registrar().settle([event()])
    return made


def test_a_plan_is_of_all_clusters_or_of_those_named() -> None:
    """Of all accounts, or of the one named."""
    registrar = standing().registrar()
    asked = ({}, {"clusters": ["test"]}, {"account": ACCOUNT, "clusters": ["test", "prod"]})
    told = [[one["cluster"] for one in answer_plan(each, registrar)["clusters"]] for each in asked]
    assert told == [["prod", "test"], ["test"], ["prod", "test"]]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"clusters": "prod"}, "clusters is 'prod', expected a list of tags"),
        ({"clusters": ["nowhere"]}, "there is no cluster 'nowhere' here; there are: prod, test"),
        ({"clusters": [["prod"]]}, "there is no cluster a list here"),
        ({"account": "999999999999"}, "account '999999999999', which registrar.yaml does not name"),
    ],
)
def test_a_plan_of_what_is_not_known_is_refused(request_: dict[str, object], words: str) -> None:
    """The message names what is."""
    with pytest.raises(PoisonRecord, match=words):
        answer_plan(request_, standing().registrar())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "there is no cluster None here"),
        ({"cluster": "prod", "planHash": "yes"}, "planHash is 'yes', expected 16 hex digits"),
    ],
)
def test_a_purge_of_what_is_not_known_is_refused(request_: dict[str, object], words: str) -> None:
    """Before anything is read."""
    made = standing()
    with pytest.raises(PoisonRecord, match=words):
        answer_purge(request_, made.registrar())


def test_only_a_purge_that_was_done_is_news() -> None:
    """What was merely shown stands in no log."""
    registrar, done = standing().registrar(), list[ClusterResult]()
    [shown] = answer_purge({"cluster": "prod"}, registrar, done.append)["clusters"]
    assert done == []
    answer_purge({"cluster": "prod", "planHash": shown["planHash"]}, registrar, done.append)
    assert [change.action for result in done if result.plan for change in result.plan.changes] == ["remove"]
