"""A sweep over thousands of access entries: what it asks of EKS, and that it reads the same as one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat

import pytest

from lab.memory.entry import Entry
from lab.memory.requests import EksAnswer, EksCall
from registrar.eks.many_entries import FEW, MOST_THROTTLED, SWEEPS_A_DAY, in_their_turn, read_all
from registrar.errors import RegistrarError, SourceDenied, Throttled, Unreachable
from registrar.sinks import access_entries
from registrar.sinks.entry_record import KEY, entries_of_text
from tests.unit.samples import NOW, role
from tests.unit.sinks.entries_in_memory import ADMIN, VIEW, CountedEks, arn, eks_of, standing, whom

MANY = 3_000
POLICIES_OF_THE_LAB = 6
REFUSAL = EksAnswer('{"message": "Rate exceeded"}', "ThrottlingException")


def thousands(count: int = MANY) -> Iterator[Entry]:
    """Half of them ours. Every hundredth of ours has an access policy, every fiftieth of the others, and some nodes."""
    for number in range(count):
        our = number % 2 == 0
        policies = {VIEW: ("payments",), ADMIN: ()} if number % 200 == 0 else {VIEW: ()} if number % 100 == 1 else {}
        kind = "EC2_LINUX" if number % 100 == 3 else "STANDARD"
        yield standing(f"r{number:04}", our=our, policies=policies, kind=kind)


def test_three_thousand_entries_cost_one_call_each_and_few_more() -> None:
    """Not two for each: of access policies only those entries are asked that have any."""
    eks = CountedEks(eks_of(thousands()))
    place = eks.place()
    read = place.read(whole=True)
    assert len(read.entries) == MANY
    pages, with_policies = MANY // 100, MANY // 200
    in_turn = in_their_turn([entry for entry in read.entries.values() if read.is_ours(entry)], read.moment)
    assert len(in_turn) < 2 * MANY // 2 // SWEEPS_A_DAY, "a small part of ours"
    assert with_policies <= eks.asked.pop("ListAssociatedAccessPolicies") <= with_policies + len(in_turn)
    assert eks.asked == {
        "ListAccessEntries": pages + POLICIES_OF_THE_LAB,
        "ListAccessPolicies": 1,
        "DescribeAccessEntry": MANY,
    }
    eks.asked.clear()
    kept = entries_of_text(place.record(read).data[KEY])
    assert len(kept) == MANY
    assert eks.asked == {"ListAssociatedAccessPolicies": MANY // 100}, "those of others that have any"
    assert sum(bool(one.policies) for one in kept) == MANY // 200 + MANY // 100


@pytest.mark.parametrize("count", [FEW, FEW + 1, 300])
def test_the_reading_is_the_same_as_one_by_one(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """What is ours with its policies, what is not, and the record of both."""
    eks = CountedEks(eks_of(thousands(count)))
    place = eks.place()
    read = place.read(whole=True)
    record = place.record(read)
    asked_for_all = eks.asked["ListAccessPolicies"]
    monkeypatch.setattr(access_entries, "FEW", count)
    one_by_one = place.read(whole=True)
    assert eks.asked["ListAccessPolicies"] == asked_for_all == (count > FEW)
    assert read.entries == one_by_one.entries
    assert read.held == one_by_one.held
    assert record == place.record(one_by_one)


def test_whoever_moves_entries_reads_each_with_its_policies() -> None:
    """Whatever the lists say, and in their order: `adopt` judges by what stands."""
    eks = CountedEks(eks_of(thousands(200)))
    api = eks.place().api
    arns = api.arns()
    assert read_all(api, arns) == tuple(map(api.read, arns))
    assert "ListAccessPolicies" not in eks.asked


@pytest.mark.parametrize("listed", [[], ["AmazonEKSComputePolicy"]])
def test_a_list_of_policies_without_those_that_we_know_is_not_believed(listed: list[str]) -> None:
    """By it no entry would have any policy, and somebody would keep what is to go."""
    eks = CountedEks(eks_of(thousands(100)))
    shown = [{"name": name, "arn": f"arn:aws:eks::aws:cluster-access-policy/{name}"} for name in listed]
    answer = EksAnswer(json.dumps({"accessPolicies": shown}))
    eks.before = lambda asked: answer if asked.operation == "ListAccessPolicies" else None
    with pytest.raises(Unreachable, match=rf"EKS lists {len(listed)} access policies, and none that we know"):
        eks.place().read(whole=True)


def test_a_policy_that_cannot_be_asked_about_costs_a_call_for_each_entry_of_ours() -> None:
    """The two lists of EKS may be out of step: then each is read as it always was."""
    eks = CountedEks(eks_of(thousands(100)))
    refused = EksAnswer('{"message": "no such policy"}', "InvalidParameterException")
    eks.before = lambda asked: refused if "associatedPolicyArn" in asked.parameters else None
    read = eks.place().read(whole=True)
    assert eks.asked["ListAssociatedAccessPolicies"] == sum(map(read.is_ours, read.entries.values())) == 50


def test_a_policy_that_no_list_shows_is_found_within_a_day() -> None:
    """One that AWS has withdrawn may stand for good: each entry of ours is asked by itself in one sweep of 96."""
    entries = [standing(f"r{number:03}", our=True, policies={ADMIN: ()} if number == 7 else {}) for number in range(60)]
    eks = CountedEks(eks_of(entries))
    none = EksAnswer('{"accessEntries": []}')
    eks.before = lambda asked: none if "associatedPolicyArn" in asked.parameters else None
    place = eks.place()
    shown = []
    for number in range(SWEEPS_A_DAY):
        moment = NOW + timedelta(minutes=15 * number)
        read = replace(place, now=lambda moment=moment: moment).read(whole=True)
        shown += [entry.arn for entry in read.entries.values() if entry.policies]
    assert shown == [arn("r007")]


def test_an_entry_that_goes_while_the_others_are_read_is_left_out() -> None:
    """Before it is described, and before its policies are read; neither is an error."""
    eks = CountedEks(eks_of(thousands(400)))
    gone = {"DescribeAccessEntry": "r0010", "ListAssociatedAccessPolicies": "r0200"}

    def absent(asked: EksCall) -> EksAnswer | None:
        if gone.get(asked.operation) == whom(asked):
            return EksAnswer(
                '{"message": "The specified principalArn could not be found."}', "ResourceNotFoundException"
            )
        return None

    eks.before = absent
    read = eks.place().read(whole=True)
    assert {arn.rpartition("/")[2] for arn in read.entries} == {f"r{n:04}" for n in range(400)} - {*gone.values()}


@pytest.mark.parametrize(
    ("operation", "code", "error"),
    [
        ("DescribeAccessEntry", "AccessDeniedException", SourceDenied),
        ("DescribeAccessEntry", "ServerException", Unreachable),
        ("ListAccessPolicies", "AccessDeniedException", SourceDenied),
        ("ListAssociatedAccessPolicies", "ServerException", Unreachable),
        ("DescribeAccessEntry", "ThrottlingException", Throttled),
    ],
)
def test_what_cannot_be_read_is_never_absent(operation: str, code: str, error: type[RegistrarError]) -> None:
    """One answer of thousands that does not come is the error of the whole reading, and soon nothing more is asked."""
    eks = CountedEks(eks_of(thousands()))
    eks.before = lambda asked: EksAnswer('{"message": "no"}', code) if asked.operation == operation else None
    with pytest.raises(error, match=f"eks:{operation}"):
        eks.place().read(whole=True)
    assert eks.asked[operation] < 100


def test_a_list_by_policy_that_breaks_off_is_no_short_list() -> None:
    """Else an entry whose policies were not read would look as if it had none."""
    eks = CountedEks(eks_of(thousands(), page=10))

    def broken(asked: EksCall) -> EksAnswer | None:
        second = "associatedPolicyArn" in asked.parameters and "nextToken" in asked.parameters
        return EksAnswer('{"message": "no"}', "ServerException") if second else None

    eks.before = broken
    with pytest.raises(Unreachable, match="eks:ListAccessEntries"):
        eks.place().read(whole=True)


def test_a_call_that_is_throttled_now_and_then_ends_no_reading_of_thousands() -> None:
    """Botocore has slowed down by then: the call is made again, so often and no more."""
    eks = CountedEks(eks_of(thousands(400)))
    answers = chain(repeat(REFUSAL, MOST_THROTTLED - 1), repeat(None))
    eks.before = lambda asked: next(answers) if whom(asked) == "r0005" else None
    assert len(eks.place().read(whole=True).entries) == 400
    assert eks.asked["DescribeAccessEntry"] == 400 + MOST_THROTTLED - 1


def test_an_event_reads_as_it_did() -> None:
    """One entry, by itself, whatever the cluster holds."""
    eks = CountedEks(eks_of(thousands()))
    place = eks.place()
    place.about(place.read(), [role("r0200")])
    assert eks.asked == {"DescribeAccessEntry": 1, "ListAssociatedAccessPolicies": 1}
