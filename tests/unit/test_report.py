"""What was done, told as log lines, as JSON and as a text."""

from __future__ import annotations

import json
import logging

import pytest

from registrar.errors import Throttled
from registrar.held import Held
from registrar.model import Asked, Decision, RbacView, Verdict
from registrar.plan import make_plan
from registrar.report import as_dict, as_text, decision_text, lines
from registrar.result import ClusterResult
from registrar.service import Settled
from tests.unit.memory import RULES, World, event, world
from tests.unit.samples import PREFIX, asks, policy_of, ref, role


def told(made: World, *events: object) -> Settled:
    """What a registrar did with some events."""
    return made.registrar().settle(events)


def test_an_enforced_change_is_told() -> None:
    """The event, the grant with its tag and rule, and the change."""
    settled = told(world(asks("view")), event())
    assert [(line.level, line.message) for line in lines(settled)] == [
        (logging.INFO, "event done"),
        (logging.INFO, f"123456789012:role/alice: view (tag {PREFIX}/prod): allowed: rule all allows it"),
        (logging.INFO, "add 123456789012:role/alice: eks-registrar:view"),
    ]


def test_what_became_of_an_event_is_found_by_the_id_that_cloudtrail_gave_it() -> None:
    """Whoever has the CloudTrail record searches the log for its eventID."""
    settled = told(world(asks("view")), event(eventID="1f0c7a52-8a3f-4d7e-9d0a-0b8d5b0f6c11"))
    assert next(lines(settled)).fields == {
        "principal": "123456789012:role/alice",
        "event": "TagRole",
        "eventId": "1f0c7a52-8a3f-4d7e-9d0a-0b8d5b0f6c11",
    }


@pytest.mark.parametrize("forged", [None, {"a": 1}, "x" * 65, "a\nb"])
def test_what_is_no_id_of_an_event_is_not_logged_as_one(forged: object) -> None:
    """Whoever may write to the queue cannot fill the log with it."""
    assert next(lines(told(world(asks("view")), event(eventID=forged)))).fields["eventId"] == ""


def test_a_refusal_is_a_warning_with_role_tag_and_reason() -> None:
    """What a person must find in the log to know why the grant did not come."""
    settled = told(world(asks("cluster-admin")), event())
    [line] = [line for line in lines(settled) if "refused" in line.message]
    assert line.level == logging.WARNING
    assert line.fields == {"cluster": "prod", "verdict": "refused"}
    assert line.message == (
        f"123456789012:role/alice: cluster-admin (tag {PREFIX}/prod): refused: it is privileged: no rule names it "
        "exactly with privileged: true (rules: all)"
    )


def test_a_tampered_key_is_a_warning() -> None:
    """A finding about the whole role is told too."""
    settled = told(world(role(tags=[("EKS-REGISTRAR", "view")])), event())
    notes = [line for line in lines(settled) if "differs from one of ours only in case" in line.message]
    assert {line.level for line in notes} == {logging.WARNING}
    assert "EKS-REGISTRAR" in as_dict(settled.results[0])["notes"][0]


def test_observing_says_loudly_that_nothing_was_written() -> None:
    """Not even a revocation takes effect, and the changes are told as what would be."""
    made = World(policy_of(RULES))
    made.iam.roles = {ref(): asks("view", cluster="test")}
    settled = told(made, event())
    text = as_text(settled.results[1])
    assert "NOTHING WRITTEN: cluster test is in mode observe; not even a revocation takes effect" in text
    assert "would add 123456789012:role/alice: eks-registrar:view" in text
    assert not as_dict(settled.results[1])["written"]


def test_a_change_and_a_removal_are_told_with_their_groups() -> None:
    """Before and after, so that a reader of the log can undo it."""
    made = world(asks("view"))
    told(made, event())
    made.iam.roles = {ref(): asks("edit@a")}
    assert "change 123456789012:role/alice: eks-registrar:view → eks-registrar:edit@a" in as_text(
        told(made, event()).results[0]
    )
    made.iam.roles = {ref(): asks()}
    assert "remove 123456789012:role/alice: eks-registrar:edit@a" in as_text(told(made, event()).results[0])
    assert as_text(told(made, event()).results[0]) == "cluster prod (enforce)\n  nothing to do"


def test_the_fate_of_a_failed_record_is_told() -> None:
    """Back to the queue is a warning, the dead-letter queue an error."""
    made = world()
    made.iam.fails = {ref(): Throttled("IAM says slow down")}
    back, buried = list(lines(told(made, event(), None)))[:2]
    assert (back.level, back.message) == (logging.WARNING, "event returns to the queue: IAM says slow down")
    assert buried.level == logging.ERROR
    assert buried.message.startswith("event goes to the dead-letter queue: not an EventBridge event")
    assert back.fields == {
        "principal": "123456789012:role/alice",
        "event": "TagRole",
        "eventId": "",
        "error": "Throttled",
    }


def test_json_has_the_documented_keys() -> None:
    """And is JSON indeed."""
    told_as = as_dict(told(world(asks("view", "admin@a")), event()).results[0])
    assert json.loads(json.dumps(told_as)) == told_as
    assert told_as["changes"] == [
        {"action": "add", "principal": "123456789012:role/alice", "before": None, "after": ["eks-registrar:view"]}
    ]
    assert told_as["bindingsMade"] == ["eks-registrar:view"]
    assert (told_as["bindingsDropped"], told_as["errors"], told_as["written"]) == ([], [], True)
    assert [(g["grant"], g["verdict"], g["rule"]) for g in told_as["grants"]] == [
        ("view", "allowed", "all"),
        ("admin@a", "refused", None),
    ]


def test_a_tag_s_text_cannot_break_a_line() -> None:
    """Line breaks, escape sequences and letters that only look alike are shown as what they are."""
    for text in ("view\nedit", "view\x1b[2J", "view\u2028", "vi\u00e9w"):
        shown = decision_text(Decision(Asked(text, PREFIX, problem="x"), Verdict.REFUSED, "x"))
        assert shown.isascii()
        assert shown.isprintable()


def test_what_was_put_out_of_a_sweeps_reach_is_an_error_in_its_log() -> None:
    """With the cluster; JSON has it, too."""
    policy = policy_of(RULES)
    plan = make_plan((), Held(()), {}, RbacView(), policy.marks)
    result = ClusterResult(policy.clusters[0], plan=plan, whole=True, hidden=("the row of X",))
    errors = [line.message for line in lines(Settled((), (result,))) if line.level == logging.ERROR]
    assert errors == ["cluster prod: the row of X"]
    assert as_dict(result)["hidden"] == ["the row of X"]


def test_a_gift_names_its_rule_as_source() -> None:
    """No tag is invented for what a rule gives."""
    decision = Decision(Asked("view", "rule ops"), Verdict.ALLOWED, "rule ops allows it", "ops")
    assert decision_text(decision) == "view (rule ops): allowed: rule ops allows it"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (None, "3 rows of ours, 1 of them left as access entries; grants: none"),
        (7, "3 access entries (of 7 in the cluster) of ours, 1 of them left as rows; grants: none"),
    ],
)
def test_a_sweep_tells_what_is_left_in_the_other_form(entries: int | None, said: str) -> None:
    """Where a cluster reads both: what is not written is on its way out."""
    policy = policy_of(RULES)
    plan = make_plan((), Held(()), {}, RbacView(), policy.marks)
    result = ClusterResult(policy.clusters[0], plan=plan, whole=True, rows=3, entries=entries, left=1)
    [line] = lines(Settled((), (result,)))
    assert line.message == f"cluster prod: {said}"
