"""Grants by the kind of cluster: access policies need access entries, ClusterRoles need Kubernetes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registrar.desired import desired
from registrar.fit import NEAREST, WITH_CUSTOM_RESOURCES
from registrar.model import Decision, Desired, Verdict
from registrar.policy import POLICIES_FOR_PEOPLE, Cluster, Policy
from tests.unit.samples import PREFIX, asks, grant, policy_of, role

ALL = ", ".join(f"policy={name}" for name in sorted(POLICIES_FOR_PEOPLE))
RULES = f"""
- {{name: devs, roles: ["/**"], clusters: [prod], allow: [view, "view@*", "edit@*", "group=oncall",
   "policy=AmazonEKSViewPolicy@*", "policy=AmazonEKSEditPolicy@*"]}}
- {{name: ops, roles: ["/ops/*"], clusters: [prod], privileged: true, allow: [cluster-admin, {ALL}]}}
"""
ENTRIES = {"backend": "access-entries"}
NO_KUBERNETES = ENTRIES | {"kubernetes": "none"}
VIEW, EDIT = "policy=AmazonEKSViewPolicy@payments", "policy=AmazonEKSEditPolicy@payments"


def prod(policy: Policy, **changes: str) -> Cluster:
    """The cluster of the tests, of another kind."""
    return replace(policy.cluster("prod"), **changes)


def of(*words: str, rules: str = RULES, path: str = "/ops/", **kind: str) -> Desired:
    """What a role that asks for these grants should have in a cluster of this kind."""
    policy = policy_of(rules)
    [one] = desired([asks(*words, path=path)], policy, prod(policy, **kind))
    return one


def decision_on(word: str, path: str = "/ops/", **kind: str) -> Decision:
    """What became of one grant."""
    [decision] = of(word, path=path, **kind).decisions
    return decision


def test_an_access_policy_is_allowed_where_access_entries_are_written() -> None:
    """No group carries it; it stands in the policies, beside the groups of the other grants."""
    one = of("edit@payments", VIEW, "group=oncall", **ENTRIES)
    assert one.groups == (f"{PREFIX}:edit@payments", "oncall")
    assert one.policies == (grant(VIEW),)
    assert [(d.verdict, d.rule) for d in one.decisions] == [(Verdict.ALLOWED, "devs")] * 3
    assert one.decisions[1].group is None


def test_the_namespaces_of_a_policy_are_united_and_the_whole_cluster_has_them_all() -> None:
    """EKS keeps one association for each policy."""
    one = of(EDIT, "policy=AmazonEKSEditPolicy@billing", VIEW, "policy=AmazonEKSViewPolicy", **ENTRIES)
    assert [g.text for g in one.policies] == [
        "policy=AmazonEKSEditPolicy@billing", EDIT, "policy=AmazonEKSViewPolicy",
    ]  # fmt: skip


def test_a_refused_access_policy_is_in_no_policies() -> None:
    """What no rule allows, and what nobody asked for, is not associated."""
    one = of("policy=AmazonEKSAdminPolicy@payments", VIEW, path="/", **ENTRIES)
    assert one.policies == (grant(VIEW),)
    assert one.decisions[0].reason == "none of the rules devs allows it"


@pytest.mark.parametrize("name", sorted(POLICIES_FOR_PEOPLE))
def test_the_reason_says_which_policies_leave_custom_resources_out(name: str) -> None:
    """The fixed policies list their resources, but for the two that name all."""
    reason = decision_on(f"policy={name}", **ENTRIES).reason
    assert reason.startswith("rule ops allows it")
    told = f"; {name} is fixed by EKS and leaves custom resources out" in reason
    assert told is (name not in WITH_CUSTOM_RESOURCES)


def test_an_access_policy_on_aws_auth_is_refused_with_what_to_do() -> None:
    """Whatever the rules say, and also where it is given without a tag."""
    for backend in ("auto", "aws-auth"):
        decision = decision_on(VIEW, backend=backend)
        assert decision.verdict is Verdict.REFUSED
        assert decision.reason == (
            "an EKS access policy needs access entries, and cluster prod uses aws-auth: ask for a ClusterRole or a"
            " group, or move the cluster (eks-registrar migrate --cluster prod says how)"
        )
    gift = of(rules=f'- {{name: r, roles: ["/**"], clusters: [prod], give: ["{VIEW}"]}}')
    assert (gift.policies, [d.verdict for d in gift.decisions]) == ((), [Verdict.REFUSED])


@pytest.mark.parametrize(
    ("word", "served"),
    [
        ("view@payments", f"{VIEW} (not the same: it leaves custom resources out), or group=NAME, "),
        ("edit@payments", f"{EDIT} (not the same: it leaves custom resources out), or group=NAME, "),
        ("cluster-admin", "policy=AmazonEKSClusterAdminPolicy, or group=NAME, "),
        ("deployer@payments", "group=NAME, "),
    ],
)
def test_a_cluster_role_without_kubernetes_is_refused_with_what_would_serve(word: str, served: str) -> None:
    """It is not translated: `edit@payments` means the same in every cluster, or nothing."""
    one = of(word, **NO_KUBERNETES)
    assert (one.groups, one.policies) == ((), ())
    assert one.decisions[0].reason == (
        "cluster prod has kubernetes: none, so no ClusterRole can be bound there; what would serve: "
        f"{served}a group that somebody else binds there"
    )


def test_groups_and_policies_work_without_kubernetes() -> None:
    """The grants beside a refused ClusterRole go ahead; a gift of a ClusterRole is refused with the same reason."""
    one = of("edit@payments", "group=oncall", EDIT, **NO_KUBERNETES)
    assert (one.groups, one.policies) == (("oncall",), (grant(EDIT),))
    policy = policy_of(f'- {{name: r, roles: ["/**"], clusters: [prod], give: [view, "{VIEW}"]}}')
    [gift] = desired([role()], policy, prod(policy, **NO_KUBERNETES))
    assert [d.verdict for d in gift.decisions] == [Verdict.REFUSED, Verdict.ALLOWED]
    assert gift.policies == (grant(VIEW),)


def test_the_policies_nearest_to_a_cluster_role_exist() -> None:
    """What a refusal names can be asked for."""
    assert set(NEAREST.values()) | WITH_CUSTOM_RESOURCES <= POLICIES_FOR_PEOPLE
