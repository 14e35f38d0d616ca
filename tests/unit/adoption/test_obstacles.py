"""What cannot be adopted, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from registrar.adoption.model import Standing
from registrar.adoption.obstacles import in_iam, in_rbac, known_role
from registrar.adoption.rbac import rendered
from tests.unit.adoption.sayings import cluster_of, entry, row, to
from tests.unit.samples import ACCOUNT, NOW, policy_of, prod, ref, role

POLICY = policy_of()


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (row("system:nodes"), "it is a node's: group system:nodes"),
        (row("system:bootstrappers"), "it is a node's: group system:bootstrappers"),
        (entry(kind="EC2_LINUX"), "it is a node's: an access entry of type EC2_LINUX"),
        (row("eks-registrar-controller"), "it is the registrar's own way in"),
        (row(arn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/Y"), "the role is service-linked"),
        (row(arn=f"arn:aws:iam::{ACCOUNT}:user/bob"), "it is for an IAM user"),
        (row(arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/alice/s"), "it is for an STS session"),
        (row(arn=f"arn:aws:iam::{ACCOUNT}:role/team-*"), "it is for every role that its pattern matches"),
        (row(arn=""), "it is for every role of a permission set"),
        (row(arn="alice"), "it is not the ARN of a role"),
        (row(arn="arn:aws:iam::111122223333:role/alice"), "it is of account 111122223333"),
    ],
)
def test_what_is_for_no_role_of_a_person_is_not_adoptable(standing: Standing, why: str) -> None:
    """By itself, whatever IAM says."""
    found = known_role(standing, POLICY, prod(POLICY))
    assert isinstance(found, str)
    assert found.startswith(why)


def test_a_role_is_known_by_its_arn_with_or_without_a_path() -> None:
    """An entry has the path, a row has none."""
    with_path = row(arn=f"arn:aws:iam::{ACCOUNT}:role/dev/alice")
    assert known_role(row(), POLICY, prod(POLICY)) == known_role(with_path, POLICY, prod(POLICY)) == ref("alice")


def test_a_role_that_machines_assume_is_a_nodes_unless_a_rule_names_it_exactly() -> None:
    """As for its tags."""
    node = role("alice", trusts=["ec2.amazonaws.com"])
    assert list(in_iam(row(), node, POLICY, prod(POLICY))) == ["the role is a node's: ec2.amazonaws.com may assume it"]
    named = policy_of('- {name: exact, roles: ["/alice"], clusters: [prod], allow: [view]}\n')
    assert list(in_iam(row(), node, named, prod(named))) == []


def test_an_entry_older_than_its_role_is_dead() -> None:
    """EKS lists it and honours nobody by it."""
    old = replace(entry(), created=NOW - timedelta(days=1))
    assert "it is dead" in next(in_iam(old, role(), POLICY, prod(POLICY)))
    assert list(in_iam(replace(old, created=NOW + timedelta(days=1)), role(), POLICY, prod(POLICY))) == []


@pytest.mark.parametrize(
    ("username", "user"),
    [("bob", "bob"), ("dev:{{SessionName}}", "dev:carol@example.com"), ("{{AccountID}}:x", f"{ACCOUNT}:x")],
)
def test_a_binding_of_the_old_username_stands_against_it(username: str, user: str) -> None:
    """Also of one session of it."""
    rbac = cluster_of(to("view", user=user, ns="payments"))
    assert f"RoleBinding payments/view-binding names the user {username}" in next(in_rbac(row(username=username), rbac))


def test_a_binding_of_somebody_else_does_not() -> None:
    """A session's name has no colon: `{{SessionName}}` alone is none of Kubernetes' own users."""
    rbac = cluster_of(to("view", user="system:kube-scheduler"), to("view", user="bob-2"))
    assert list(in_rbac(row(username="{{SessionName}}:"), rbac)) == []
    assert list(in_rbac(row(username="bob"), rbac)) == []
    assert rendered("dev:{{SessionName}}") == "dev:adoption"
