"""The lab's own evaluator of IAM policies, by the IAM user guide. Another evaluator judges it in tests/infra."""

from typing import Any

import pytest

from lab.aws.policy_language import Question, UnjudgeableError, decide


def test_a_deny_wins_wherever_it_stands() -> None:
    """Also against an Allow that comes before or after it."""
    allow, deny = ({"Effect": effect, "Action": "eks:*", "Resource": "*"} for effect in ("Allow", "Deny"))
    question = Question("eks:TagResource", "arn:aws:eks:us-east-1:1:cluster/c", {})
    assert decide([allow, deny], question) == decide([deny, allow], question) == "denied"
    assert decide([allow], question) == "allowed"
    assert decide([], question) == "silent"


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({"NotAction": "iam:*", "Resource": "*"}, "allowed"),
        ({"NotAction": "EKS:tag*", "Resource": "*"}, "silent"),
        ({"Action": "eks:Tag*", "NotResource": "arn:aws:eks:*:*:cluster/prod*"}, "allowed"),
        ({"Action": "eks:Tag*", "NotResource": "arn:aws:eks:*:*:cluster/c"}, "silent"),
        ({"Action": ["eks:UntagResource", "EKS:TAGRESOURCE"], "Resource": ["a", "arn:aws:eks:*"]}, "allowed"),
        ({"Action": "eks:TagResource", "Resource": "ARN:aws:eks:*"}, "silent"),
    ],
)
def test_actions_ignore_case_and_resources_do_not(statement: dict[str, Any], verdict: str) -> None:
    """And the negated elements are what they say."""
    question = Question("eks:TagResource", "arn:aws:eks:us-east-1:1:cluster/c", {})
    assert decide([{"Effect": "Allow", **statement}], question) == verdict


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericEquals": {"a": "1"}},
        {"ForEachValue:StringLike": {"a": "1"}},
        {"StringEquals": {"groups": "x"}},
        {"StringEquals": {"a": "${aws:username}"}},
        {"NumericEqualsIfExists": {"b": "1"}},
    ],
)
def test_what_it_does_not_know_is_no_guess(condition: dict[str, Any]) -> None:
    """An unknown operator or set, a multivalued key without a set, a policy variable."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    with pytest.raises(UnjudgeableError):
        decide([statement], Question("eks:TagResource", "*", {"a": "1", "groups": ["x"]}))
