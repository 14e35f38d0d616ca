"""The double of EKS's access policies judges by the documented tables, within the scope, and for the living alone."""

from dataclasses import replace
from typing import Any

import pytest

from lab.aws.eks.access_policies import Access, allowing, names
from lab.aws.eks.authorizer import Authorizer
from lab.aws.eks.model import Association, Entry, Principal, Scope
from registrar.policy import POLICIES_FOR_PEOPLE

ARN = "arn:aws:iam::123456789012:role/team/alice"
PRINCIPAL = Principal(ARN, "role", "AROAALICE", "123456789012", "alice", "aws", 0.0)
EVERYWHERE = Scope("cluster")
NODES = Access("list", "", "nodes")
CUSTOM = Access("get", "cilium.io", "ciliumnetworkpolicies", "a")


def association(name: str, *namespaces: str) -> Association:
    """Of a policy, in namespaces or, without any, in the cluster."""
    scope = Scope("namespace", namespaces) if namespaces else EVERYWHERE
    return Association(f"arn:aws:eks::aws:cluster-access-policy/AmazonEKS{name}Policy", scope, 0.0, 0.0)


def allows(name: str, access: Access) -> bool:
    """Whether a policy allows it, in the whole cluster."""
    return allowing([association(name)], access) is not None


def in_a(verb: str, resource: str, group: str = "") -> Access:
    """Something in namespace ``a``."""
    return Access(verb, group, resource, "a")


def test_the_policies_are_those_that_the_registrar_knows() -> None:
    """One list in the product, one table here."""
    assert names() == POLICIES_FOR_PEOPLE


LADDER = {
    "reads pods": (in_a("list", "pods"), "View Edit Admin AdminView ClusterAdmin"),
    "reads logs": (in_a("get", "pods/log"), "View Edit Admin AdminView ClusterAdmin"),
    "reads Secrets": (in_a("get", "secrets"), "Edit Admin AdminView ClusterAdmin SecretReader"),
    "writes Deployments": (in_a("patch", "deployments", "apps"), "Edit Admin ClusterAdmin"),
    "goes into pods": (in_a("create", "pods/exec"), "Edit Admin ClusterAdmin"),
    "acts as ServiceAccounts": (in_a("impersonate", "serviceaccounts"), "Edit Admin ClusterAdmin"),
    "reads Roles": (in_a("list", "roles", "rbac.authorization.k8s.io"), "Admin AdminView ClusterAdmin"),
    "writes RoleBindings": (in_a("create", "rolebindings", "rbac.authorization.k8s.io"), "Admin ClusterAdmin"),
    "binds Roles": (in_a("bind", "roles", "rbac.authorization.k8s.io"), "ClusterAdmin"),
    "escalates": (in_a("escalate", "clusterroles", "rbac.authorization.k8s.io"), "ClusterAdmin"),
    "reads nodes": (NODES, "AdminView ClusterAdmin"),
    "reads custom resources": (CUSTOM, "AdminView ClusterAdmin"),
    "writes custom resources": (replace(CUSTOM, verb="update"), "ClusterAdmin"),
    "asks the API server for metrics": (Access("get", path="/metrics"), "ClusterAdmin"),
}


@pytest.mark.parametrize(("access", "by"), LADDER.values(), ids=LADDER.keys())
def test_each_policy_allows_what_its_table_says(access: Access, by: str) -> None:
    """The rows by which they differ."""
    assert {name for name in names() if allows(name[len("AmazonEKS") : -len("Policy")], access)} == {
        f"AmazonEKS{word}Policy" for word in by.split()
    }


SCOPES = {
    "the namespace": (("a",), True),
    "one of several": (("b", "a"), True),
    "another": (("b",), False),
    "a longer name": (("ab",), False),
    "a wildcard": (("a*",), True),
    "a wildcard inside": (("*a",), True),
    "every name": (("*",), True),
    "a wildcard of other names": (("dev-*",), False),
}


@pytest.mark.parametrize(("namespaces", "within"), SCOPES.values(), ids=SCOPES.keys())
def test_a_scope_of_namespaces_is_kept(namespaces: tuple[str, ...], within: bool) -> None:
    """Wildcards as the user guide shows them; what is in no namespace is in no such scope."""
    given = [association("ClusterAdmin", *namespaces)]
    assert (allowing(given, in_a("delete", "pods")) is not None) is within
    for nowhere in (NODES, Access("list", "", "pods"), Access("get", path="/metrics")):
        assert allowing(given, nowhere) is None


def review(arn: str = "arn:aws:iam::123456789012:role/alice", unique_id: str = "AROAALICE") -> dict[str, Any]:
    """What the API server asks for a request of a session of alice's."""
    return {
        "user": "alice",
        "extra": {"canonicalArn": [arn], "principalId": [unique_id], "sessionName": ["s"]},
        "resourceAttributes": {"verb": "get", "resource": "pods", "subresource": "log", "namespace": "a"},
    }


def authorizer(entry: Entry | None = None) -> Authorizer:
    """With one entry in effect."""
    made = entry or Entry("lab", PRINCIPAL, "", "STANDARD", "alice", (), 0.0, 0.0, {}, {"x": association("View", "a")})
    return Authorizer(lambda: {made.principal.arn: made})


def test_the_principal_of_the_token_is_judged() -> None:
    """By the ARN of its role without the path, and by the role's id."""
    assert authorizer().policy_for(review()) == "AmazonEKSViewPolicy"
    assert authorizer().policy_for(review(arn="arn:aws:iam::123456789012:role/bob")) is None


def test_the_entry_of_a_role_that_was_made_again_is_nobody_s() -> None:
    """The new role may have got in by a row of aws-auth: the dead entry's policies are not its own."""
    assert authorizer().policy_for(review(unique_id="AROANEXT")) is None


def test_a_user_keeps_the_path_in_its_arn() -> None:
    """So the authenticator shows it."""
    arn = "arn:aws:iam::123456789012:user/team/bob"
    bob = Principal(arn, "user", "AIDABOB", "123456789012", "bob", "aws", 0.0)
    made = authorizer(Entry("lab", bob, "", "STANDARD", arn, (), 0.0, 0.0, {}, {"x": association("View")}))
    assert made.policy_for(review(arn, "AIDABOB")) == "AmazonEKSViewPolicy"


def test_who_is_impersonated_has_no_access_policy() -> None:
    """The API server then tells no principal; and the keys of an impersonated extra are lower case."""
    assert authorizer().policy_for({**review(), "extra": None}) is None
    shouted = {key.lower(): value for key, value in review()["extra"].items()}
    assert authorizer().policy_for({**review(), "extra": shouted}) is None
