"""What the guides say of access policies and of clusters without Kubernetes calls is what the code does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pages import ROOT, page, rows

from lab.aws.eks.access_policies import Access, allowing
from lab.aws.eks.model import Association, Scope
from registrar import configuration
from registrar.desired import desired
from registrar.errors import ConfigurationError
from registrar.fit import NEAREST, lacking
from registrar.grants import Grant, GrantKind
from registrar.marks import Marks
from registrar.model import Verdict
from registrar.policy import POLICIES_FOR_PEOPLE, is_privileged
from tests.unit.samples import asks, policy_of

GUIDE = page("docs/policy.md")
POLICIES = {row[0].strip("`"): row[1:] for row in rows(GUIDE, "Access policies")}
LEFT_OUT = {
    "custom resources": Access("get", "acme.io", "widgets", "a"),
    "Secrets": Access("get", "", "secrets", "a"),
    "roles and bindings": Access("create", "rbac.authorization.k8s.io", "rolebindings", "a"),
    "`bind` and `escalate`": Access("bind", "rbac.authorization.k8s.io", "roles", "a"),
    "all that writes": Access("create", "", "configmaps", "a"),
    "all but reading Secrets": Access("get", "", "pods", "a"),
}


def allows(name: str, access: Access) -> bool:
    """Whether a policy for the whole cluster allows it, by AWS's documented rules."""
    association = Association(f"arn:aws:eks::aws:cluster-access-policy/{name}", Scope("cluster", ()), 0, 0)
    return allowing([association], access) is not None


def test_the_table_has_the_six_policies_for_people() -> None:
    """All of them, and no other."""
    assert set(POLICIES) == POLICIES_FOR_PEOPLE


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_policy_leaves_out_what_the_table_says(name: str) -> None:
    """Asked of the documented rules; and the reason of a grant tells of custom resources where they are left out."""
    told = POLICIES[name][1].split(", ")
    assert [what for what in told if what != "nothing" and allows(name, LEFT_OUT[what])] == []
    assert (told == ["nothing"]) == all(allows(name, access) for access in LEFT_OUT.values())
    without_custom = not allows(name, LEFT_OUT["custom resources"])
    assert (lacking(Grant(GrantKind.POLICY, name)) is not None) is without_custom


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_policy_is_privileged_where_the_table_says(name: str) -> None:
    """In an ordinary namespace, in kube-system, in the whole cluster."""
    marks = Marks("eks-registrar")
    judged = [is_privileged(Grant(GrantKind.POLICY, name, place), marks) for place in ("a", "kube-system", None)]
    words = {"no": [False] * 3, "outside of ordinary namespaces": [False, True, True], "yes": [True] * 3}
    assert judged == words[POLICIES[name][2]]


def test_the_policies_are_made_after_the_cluster_roles_that_refusals_name() -> None:
    """The table and the reasons know the same pairs."""
    assert {after.strip("`"): name for name, (after, *_) in POLICIES.items() if after != "none"} == dict(NEAREST)


@pytest.mark.parametrize(("asked", "reason"), rows(page("docs/tags.md"), "Without Kubernetes calls"))
def test_a_refusal_without_kubernetes_has_the_reason_of_the_guide(asked: str, reason: str) -> None:
    """Each row of the table is asked for, and refused in just these words."""
    policy = configuration.load(ROOT / "registrar.yaml")
    bare = replace(policy.cluster("prod"), kubernetes="none", backend="access-entries")
    [one] = desired([asks(asked.strip("`"), path="/dev/")], policy, bare)
    assert [(d.verdict, d.reason) for d in one.decisions] == [(Verdict.REFUSED, reason)]


@pytest.mark.parametrize("other", ["backend: aws-auth", "registrarAccess: accessEntry"])
def test_what_a_cluster_without_kubernetes_cannot_have_is_an_error_in_the_file(other: str) -> None:
    """As the guide says; and the guide names the key."""
    cluster = f'{{name: prod, account: "123456789012", region: eu-west-1, kubernetes: none, {other}}}'
    with pytest.raises(ConfigurationError, match="Kubernetes call"):
        policy_of(head=f"clusters:\n- {cluster}\nrules:\n")
    assert f"`{other}`" in GUIDE.partition("kubernetes: none\n")[2]
