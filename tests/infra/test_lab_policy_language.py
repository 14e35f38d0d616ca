"""The lab's own evaluator of IAM policies, held against another one (npm)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from lab.aws.policy_language import Question, UnjudgeableError, decide
from registrar.grants import Grant, GrantKind
from tests.infra.access_entry_requests import Call, Entry, rights_of, with_rule
from tests.infra.iam_judge import verdicts
from tests.infra.test_access_entry_rights import ALLOWED, DENIED_CREATES, DENIED_ON_ENTRIES, DENIED_TAGS, POLICY

WORDS = {"allowed": "Allowed", "denied": "ExplicitlyDenied", "silent": "ImplicitlyDenied"}
VIEW = "AmazonEKSViewPolicy"
MARKS: Sequence[tuple[tuple[str, str], ...]] = (
    (),
    (("app.kubernetes.io/managed-by", "eks-registrar"),),
    (("app.kubernetes.io/managed-by", "eks-registrar"), ("eks-registrar/role-id", "AROAEXAMPLE")),
    (("app.kubernetes.io/managed-by", "terraform"),),
    (("APP.kubernetes.io/managed-by", "eks-registrar"),),
    (("cost-centre", "1"),),
)
GROUPS: Sequence[tuple[str, ...] | None] = (
    None,
    (),
    ("eks-registrar:edit@team-a",),
    ("eks-registrar:view", "oncall"),
    ("eks-registrar:view", "system:masters"),
    ("eks-registrar:edit@kube-system",),
    ("eks-registrar:admin@team-b",),
    ("eks-registrar:edit@kube-{{SessionName}}",),
)
PRINCIPALS = (
    "arn:aws:iam::123456789012:role/dev/alice",
    "arn:aws:iam::123456789012:user/bob",
    "arn:aws:iam::111122223333:role/alice",
    "arn:aws:iam::123456789012:role/EKS-Registrar-public-eu-west-1",
)
ACTIONS = (
    "CreateAccessEntry",
    "UpdateAccessEntry",
    "DeleteAccessEntry",
    "TagResource",
    "UntagResource",
    "AssociateAccessPolicy",
    "DescribeAccessEntry",
    "ListAccessEntries",
)


def differing(calls: Sequence[Call], documents: Sequence[Any]) -> list[tuple[Call, str, str]]:
    """The calls on which the two evaluators do not agree: call, ours, the other's."""
    asked = [call.as_json(documents) for call in calls]
    ours = [_ours(one) for one in asked]
    judged = zip(calls, ours, verdicts(asked), strict=True)
    return [(call, own, other) for call, own, other in judged if own != other]


def _ours(asked: dict[str, Any]) -> str:
    statements = [statement for document in asked["identityPolicies"] for statement in document["Statement"]]
    return WORDS[decide(statements, Question(asked["action"], asked["resource"], asked["context"]))]


def many() -> Iterator[Call]:
    """Calls in all combinations of what the registrar's rights look at."""
    for action, groups, mark, principal in product(ACTIONS, GROUPS, MARKS, PRINCIPALS):
        entry = Entry(principal=principal, groups=groups)
        if action == "UntagResource":
            yield Call(action, entry, tags=mark, untag=("eks-registrar/role-id",))
        elif action == "AssociateAccessPolicy":
            policy = VIEW if groups else "AmazonEKSEditPolicy"
            yield Call(action, entry, tags=mark, policy=policy, scope="cluster")
        elif action == "TagResource":
            yield Call(action, entry, asked=MARKS[2], tags=mark)
        else:
            yield Call(action, entry, asked=mark if action == "CreateAccessEntry" else (), tags=mark)


def test_both_evaluators_agree_on_the_registrar_s_rights() -> None:
    """On every request by which those rights are proven elsewhere."""
    denied = [*DENIED_CREATES.values(), *DENIED_ON_ENTRIES.values(), *DENIED_TAGS.values()]
    assert differing([*ALLOWED, *denied], rights_of(POLICY).documents()) == []


def test_both_evaluators_agree_on_all_combinations_of_what_the_rights_look_at() -> None:
    """Actions, groups, marks and principals, with an access policy among the rules and without one."""
    calls = list(many())
    assert differing(calls, rights_of(POLICY).documents()) == []
    with_policy = with_rule(POLICY, Grant(GrantKind.POLICY, VIEW))
    on_policies = [call for call in calls if call.action == "AssociateAccessPolicy"]
    assert differing(on_policies, rights_of(with_policy).documents()) == []


def test_both_evaluators_agree_on_where_an_access_policy_may_be_given() -> None:
    """Policies, scopes and namespaces, wildcards in the request among them, by rules with and without wildcards."""
    edit = "AmazonEKSEditPolicy"
    grants = [(VIEW, "*"), (edit, "team-*"), (edit, "kube-system"), ("AmazonEKSAdminPolicy", None)]
    policy = with_rule(POLICY, *(Grant(GrantKind.POLICY, *grant) for grant in grants))
    namespaces = (None, (), ("team-a",), ("team-a", "kube-system"), ("kube-public",), ("*",), ("team-?",), ("x", "y"))
    calls = [
        Call("AssociateAccessPolicy", tags=MARKS[2], policy=name, scope=scope, namespaces=asked)
        for name, scope, asked in product(
            (VIEW, edit, "AmazonEKSAdminPolicy"), (None, "cluster", "namespace"), namespaces
        )
    ]
    documents = rights_of(policy).documents()
    assert differing(calls, documents) == []
    assert {_ours(call.as_json(documents)) for call in calls} == {*WORDS.values()}


ESCAPED = {
    "a star is one": ("StringLike", "a*b", "*${*}*"),
    "no star": ("StringLike", "ab", "*${*}*"),
    "a question mark": ("StringLike", "a?", "a${?}"),
    "a letter is no question mark": ("StringLike", "ab", "a${?}"),
    "a dollar": ("StringLike", "a$b", "a${$}*"),
    "what the escape itself is spelled with": ("StringLike", "${*}", "${*}"),
    "in an ARN": ("ArnLike", "arn:aws:iam::1:role/a*", "arn:aws:iam::1:role/*${*}"),
    "unlike a star": ("StringNotLike", "ab", "*${*}*"),
}  # fmt: skip


@pytest.mark.parametrize(("operator", "value", "pattern"), ESCAPED.values(), ids=ESCAPED.keys())
def test_both_evaluators_agree_on_letters_that_are_written_as_variables(
    operator: str, value: str, pattern: str
) -> None:
    """`${*}`, `${?}` and `${$}` stand for the letter itself (IAM user guide, "Variables and tags")."""
    statement = {
        "Effect": "Allow", "Action": "eks:UpdateAccessEntry", "Resource": "*",
        "Condition": {operator: {"eks:username": pattern}},
    }  # fmt: skip
    asked = Call("UpdateAccessEntry").as_json([{"Version": "2012-10-17", "Statement": [statement]}])
    asked["context"] = {"eks:username": value}
    assert [_ours(asked)] == verdicts([asked])


@pytest.mark.parametrize(
    ("operator", "text"), [("StringLike", "${*}${aws:username}"), ("StringEquals", "a${*}"), ("ArnEquals", "${?}")]
)
def test_no_other_variable_is_judged_by_a_guess(operator: str, text: str) -> None:
    """Also beside a letter that is written as one; and where there is no pattern, evaluators differ on the letters."""
    statement = {
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {operator: {"eks:username": text}},
    }  # fmt: skip
    with pytest.raises(UnjudgeableError, match=re.escape(f"policy variables: {text}")):
        decide([statement], Question("eks:UpdateAccessEntry", "*", {"eks:username": "*bob"}))


OPERATORS = {
    "StringEquals": ("a", ["b", "a"]),
    "StringNotEquals": ("a", ["b"]),
    "StringEqualsIgnoreCase": ("A", ["a"]),
    "StringNotEqualsIgnoreCase": ("A", ["a"]),
    "StringLike": ("team-a", ["team-?"]),
    "StringNotLike": ("team-a", ["team-*"]),
    "StringEqualsIfExists": ("a", ["a"]),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("present", [True, False], ids=["present", "absent"])
def test_both_evaluators_agree_on_an_operator(operator: str, present: bool) -> None:
    """With its key in the request and without: what negates is true of a key that is not there."""
    value, wanted = OPERATORS[operator]
    statement = {
        "Effect": "Allow", "Action": "eks:UpdateAccessEntry", "Resource": "*",
        "Condition": {operator: {"EKS:Username": wanted}},
    }  # fmt: skip
    asked = Call("UpdateAccessEntry").as_json([{"Version": "2012-10-17", "Statement": [statement]}])
    asked["context"] = {"eks:username": value} if present else {}
    assert [_ours(asked)] == verdicts([asked])


ARNS = {
    "equal": ("arn:aws:iam::1:role/a/b", "arn:aws:iam::1:role/a/b"),
    "a wildcard in the last part": ("arn:aws:iam::1:role/a/b:c", "arn:aws:iam::1:role/*"),
    "no wildcard over a colon": ("arn:aws:iam::1:role/a", "arn:aws:*:role/a"),
    "another case": ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/A"),
    "no ARN": ("role/a", "*"),
}


@pytest.mark.parametrize(("value", "pattern"), ARNS.values(), ids=ARNS.keys())
@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"])
def test_both_evaluators_agree_on_arns(operator: str, value: str, pattern: str) -> None:
    """`ArnEquals` and `ArnLike` behave alike (IAM user guide)."""
    statement = {
        "Effect": "Allow", "Action": "eks:UpdateAccessEntry", "Resource": "*",
        "Condition": {operator: {"eks:principalArn": pattern}},
    }  # fmt: skip
    asked = Call("UpdateAccessEntry").as_json([{"Version": "2012-10-17", "Statement": [statement]}])
    asked["context"] = {"eks:principalArn": value}
    assert [_ours(asked)] == verdicts([asked])


def test_the_rights_of_two_clusters_are_told_apart() -> None:
    """The resource counts: the evaluator that stood here before looked at the action alone."""
    other = [replace(call, cluster="prod-2") for call in ALLOWED]
    assert differing(other, rights_of(POLICY).documents()) == []
