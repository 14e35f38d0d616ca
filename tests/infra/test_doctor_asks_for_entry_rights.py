"""Doctor asks IAM's simulator for what the stack gives: a good role lacks nothing, and one of a former stack does."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.doctor.entry_rights import LISTS, Right, entry_rights
from registrar.policy import Policy
from tests.infra.access_entry_requests import OWN_ROLE, policy_of, rights_of
from tests.infra.iam_judge import ACCOUNT, EVERYTHING, verdicts

RULES = {
    "groups of names and of wildcards": 'allow: [view, "edit@team-*", "group=oncall"]',
    "access policies beside groups": 'allow: [view, "policy=AmazonEKSViewPolicy@*", policy=AmazonEKSViewPolicy]',
    "access policies alone": "allow: [policy=AmazonEKSViewPolicy]",
    "access policies in namespaces": 'allow: ["policy=AmazonEKSEditPolicy@team-*", "policy=AmazonEKSEditPolicy@shop"]',
    "access policies where they are privileged": (
        'privileged: true, allow: ["policy=AmazonEKSAdminPolicy@kube-system", "policy=AmazonEKSAdminPolicy@*"]'
    ),
}


def policy_with(allow: str, more: str = "") -> Policy:
    """A configuration with one rule for cluster prod."""
    return policy_of(f'- {{name: r, roles: ["/**"], clusters: [prod], {allow}}}', more=more)


def judged(asked: Policy, given: Policy) -> dict[Right, str]:
    """What IAM says to each question about one configuration, if the stack was deployed with another."""
    documents = rights_of(given).documents()
    rights = list(entry_rights(asked, asked.clusters[0], "of-nobody"))
    return dict(zip(rights, verdicts([_request(right, documents) for right in rights]), strict=True))


def _request(right: Right, documents: Any) -> dict[str, Any]:
    context = {key: list(values) if key in LISTS else values[0] for key, values in right.context}
    return {
        "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/{OWN_ROLE.rpartition('/')[2]}/session",
        "action": right.action,
        "resource": right.resource,
        "account": ACCOUNT,
        "context": context,
        "identityPolicies": list(documents),
        "serviceControlPolicies": [EVERYTHING],
    }


@pytest.mark.parametrize("allow", RULES.values(), ids=RULES)
@pytest.mark.parametrize("more", ["", ", backend: access-entries"], ids=["auto", "by hand"])
def test_a_role_with_the_rights_of_the_stack_has_all_that_doctor_asks_for(allow: str, more: str) -> None:
    """Nothing more is asked than is given."""
    policy = policy_with(allow, more)
    found = judged(policy, policy)
    asked = {"eks:ListAccessPolicies", "eks:CreateAccessEntry", "eks:DeleteAccessEntry", "eks:TagResource"}
    assert {right.action for right in found} >= asked
    assert {right: said for right, said in found.items() if not said.startswith("Allowed")} == {}


def test_with_kubernetes_none_too() -> None:
    """There the rules' groups are those of others alone."""
    policy = policy_with('allow: ["group=oncall", policy=AmazonEKSViewPolicy]', ", kubernetes: none")
    assert {said for said in judged(policy, policy).values() if not said.startswith("Allowed")} == set()


@pytest.mark.parametrize(
    ("allow", "missing"),
    [
        ('allow: [view, "group=new"]', {"eks:CreateAccessEntry", "eks:UpdateAccessEntry"}),
        ('allow: [view, "edit@new-*"]', {"eks:CreateAccessEntry", "eks:UpdateAccessEntry"}),
        (
            "allow: [view, policy=AmazonEKSViewPolicy]",
            {
                "eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy", "eks:CreateAccessEntry",
                "eks:UpdateAccessEntry",
            },
        ),
    ],
    ids=["a group", "a wildcard", "an access policy"],
)  # fmt: skip
def test_a_rule_that_was_not_deployed_is_found(allow: str, missing: set[str]) -> None:
    """registrar.yaml names what the stack of before has not given: every write of it would be EntryDenied."""
    found = judged(policy_with(allow), policy_with("allow: [view]"))
    assert {right.action for right, said in found.items() if not said.startswith("Allowed")} == missing
    assert any("new" in str(right) or "AmazonEKSViewPolicy" in str(right) for right in found)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("policy=AmazonEKSEditPolicy@team-*", "policy=AmazonEKSEditPolicy@shop-*"),
        ("policy=AmazonEKSViewPolicy@*", "policy=AmazonEKSViewPolicy"),
        ("policy=AmazonEKSViewPolicy", "policy=AmazonEKSViewPolicy@new"),
    ],
    ids=["another pattern", "the whole cluster", "a namespace"],
)
def test_a_wider_place_that_was_not_deployed_is_found(before: str, now: str) -> None:
    """The policy is the same, and where it may be given is not: the association alone would be denied."""
    found = judged(policy_with(f'allow: ["{now}"]'), policy_with(f'allow: ["{before}"]'))
    missing = [right for right, said in found.items() if not said.startswith("Allowed")]
    assert [right.action for right in missing] == ["eks:AssociateAccessPolicy"]
    assert "eks:accessScope " in str(missing[0])


def test_in_a_cluster_that_stays_on_aws_auth_entries_are_looked_at_and_removed() -> None:
    """The stack gives it nothing else, and all of that is allowed."""
    policy = policy_with('allow: [view, "policy=AmazonEKSViewPolicy@*"]', ", backend: aws-auth")
    found = judged(policy, policy)
    assert [right.action for right in found] == [
        "eks:ListAccessEntries", "eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies",
        "eks:ListAccessPolicies", "eks:DeleteAccessEntry",
    ]  # fmt: skip
    assert {said for said in found.values() if not said.startswith("Allowed")} == set()
