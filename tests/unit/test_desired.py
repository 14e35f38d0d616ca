"""tags and policy → decisions: what is allowed, what is refused by itself, and with which reason."""

from __future__ import annotations

import pytest

from registrar.desired import NODE_SERVICES, desired, node_reason
from registrar.model import Desired, Gone, Role, Verdict
from registrar.policy import Policy
from tests.unit.samples import PREFIX, SSO_PATH, SSO_ROLE, asks, policy_of, prod, ref, role

EXACT = """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "edit@*"], give: ["view@everyone"]}
- {name: nodes, roles: ["/node"], clusters: [prod], allow: [view], give: ["view@nodes"]}
"""


def of(who: Role, policy: Policy | None = None, cluster: str = "prod") -> Desired:
    """What one role should have."""
    policy = policy or policy_of()
    [one] = desired([who], policy, policy.cluster(cluster))
    return one


def refusals(one: Desired) -> dict[str, str]:
    """The refused words and their reasons."""
    return {d.asked.text: d.reason for d in one.decisions if d.verdict is Verdict.REFUSED}


def test_an_allowed_grant_is_a_group() -> None:
    """Each form of grant is carried by its group, and the decision names the rule."""
    one = of(asks("view", "edit@payments", "group=oncall"))
    assert one.groups == ("eks-registrar:edit@payments", "eks-registrar:view", "oncall")
    assert {d.rule for d in one.decisions} == {"all"}
    assert refusals(one) == {}


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("edit@a\u2028-", "not ASCII"),
        ("user=alice", "is no grant"),
        ("view/until=2030-01-01", "not yet supported"),
        ("group=system:masters", "never granted"),
        ("system:masters", "never granted"),
        ("cluster-admin", "it is privileged"),
        ("edit@kube-system", "it is privileged"),
        ("edit", "it is privileged"),
        ("group=eks-registrar-controller", "the registrar's own"),
        ("group=eks-registrar:edit@x", "the registrar's own"),
        ("admin@payments", "none of the rules all allows it"),
        ("policy=AmazonEKSViewPolicy", "needs access entries, and cluster prod uses aws-auth: ask for a ClusterRole"),
        ("policy=AmazonEKSAutoNodePolicy", "not an EKS access policy for people"),
    ],
)
def test_a_bad_grant_is_refused_by_itself(word: str, reason: str) -> None:
    """The reason says which rule of the game it broke; the grants beside it go ahead."""
    one = of(asks("view", word, "edit@payments"))
    assert one.groups == ("eks-registrar:edit@payments", "eks-registrar:view")
    assert list(refusals(one)) == [word]
    assert reason in refusals(one)[word]
    assert {d.asked.source for d in one.decisions} == {f"{PREFIX}/prod"}


def test_the_33rd_grant_is_refused_and_32_are_given() -> None:
    """Too many grants cost the surplus and nothing else."""
    one = of(role(tags=[(PREFIX, " ".join(f"view@n{n}" for n in range(33)))]))
    assert len(one.groups) == 32
    assert list(refusals(one)) == ["view@n32"]


def test_a_tampered_key_grants_nothing_and_is_reported() -> None:
    """A key equal but for its case stands in the notes, not in the groups."""
    one = of(role(tags=[("EKS-Registrar/prod", "view")]))
    assert one.groups == ()
    assert one.notes == ("tag key 'EKS-Registrar/prod' differs from one of ours only in case: it grants nothing",)


def test_a_tag_speaks_for_its_cluster_only() -> None:
    """The tag of test grants nothing in prod, and is no reason for a message there."""
    one = of(asks("view", cluster="test"))
    assert (one.decisions, one.notes) == ((), ())


def test_a_key_of_an_unknown_cluster_is_ignored() -> None:
    """Somebody else's cluster is not our business."""
    assert of(asks("view", cluster="elsewhere")).decisions == ()


def test_without_a_rule_everything_is_refused() -> None:
    """Default deny, with the path, the name and the account that no rule speaks about."""
    one = of(asks("view", path="/x/"), policy_of('- {name: r, roles: ["/dev/*"], clusters: [prod], allow: [view]}'))
    assert one.groups == ()
    assert refusals(one) == {"view": "no rule of cluster prod speaks about /x/alice of account 123456789012"}


def test_a_role_of_another_account_gets_nothing() -> None:
    """The same name elsewhere is somebody else."""
    assert of(asks("view", account="111122223333")).groups == ()


def test_what_is_gone_should_have_nothing() -> None:
    """A deleted role is a decision too: no row."""
    policy = policy_of()
    [one] = desired([Gone(ref())], policy, prod(policy))
    assert (one.role, one.role_arn, one.groups, one.decisions) == (None, None, (), ())


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_row_s_arn_has_the_partition_and_no_path(partition: str) -> None:
    """An ARN with its path would never match a session of the role."""
    one = of(asks("view", path="/dev/team/", partition=partition))
    assert one.groups == ("eks-registrar:view",)
    assert one.role_arn == f"arn:{partition}:iam::123456789012:role/alice"


@pytest.mark.parametrize(
    "service", [*(f"{name}.amazonaws.com" for name in sorted(NODE_SERVICES)), "ec2.amazonaws.com.cn", "*"]
)
def test_a_node_s_role_gets_nothing_by_a_wildcard(service: str) -> None:
    """Stack tags spill onto node roles: neither tags nor gifts of a general rule reach them."""
    one = of(asks("view", "edit@a", name="other-node", trusts=[service]), policy_of(EXACT))
    assert one.groups == ()
    assert all("the role is a node's" in reason for reason in refusals(one).values())
    assert list(refusals(one)) == ["view", "edit@a"]


def test_a_node_s_role_gets_what_a_rule_gives_to_it_by_name() -> None:
    """Named exactly it is heard, by that rule alone: a general rule beside it still does not reach it."""
    one = of(asks("view", "edit@a", name="node", trusts=["ec2.amazonaws.com"]), policy_of(EXACT))
    assert one.groups == ("eks-registrar:view", "eks-registrar:view@nodes")
    assert {d.rule for d in one.decisions if d.verdict is Verdict.ALLOWED} == {"nodes"}
    assert "only a rule that names it exactly" in refusals(one)["edit@a"]
    assert "nodes does not allow it" in refusals(one)["edit@a"]


def test_a_person_s_role_is_heard_by_every_rule() -> None:
    """The same names without a node's trust get all of it."""
    one = of(asks("view", "edit@a", name="node"), policy_of(EXACT))
    assert one.groups == (
        "eks-registrar:edit@a", "eks-registrar:view", "eks-registrar:view@everyone", "eks-registrar:view@nodes",
    )  # fmt: skip


def test_a_service_linked_role_gets_nothing() -> None:
    """AWS's own roles are no people."""
    one = of(asks("view", path="/aws-service-role/autoscaling.amazonaws.com/"))
    assert one.groups == ()
    assert "service-linked" in refusals(one)["view"]


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"])
def test_other_services_roles_are_no_nodes(service: str) -> None:
    """A workload's role may be registered like a person's."""
    assert node_reason(role(trusts=[service])) is None


def test_a_permission_set_is_given_its_grants() -> None:
    """Identity Center's roles need no tag, and the decision names the rule as its source."""
    policy = policy_of(
        "- {name: ops, permissionSets: [Ops], clusters: [prod], privileged: true, give: [cluster-admin]}"
    )
    one = of(role(SSO_ROLE, path=f"{SSO_PATH}eu-west-1/"), policy)
    assert one.groups == ("eks-registrar:cluster-admin",)
    [decision] = one.decisions
    assert (decision.asked.source, decision.rule) == ("rule ops", "ops")


def test_the_same_gift_of_two_rules_is_given_once() -> None:
    """Two rules that give the same make one decision."""
    rules = "\n".join(f'- {{name: r{n}, roles: ["/**"], clusters: [prod], give: [view]}}' for n in (1, 2))
    assert [d.rule for d in of(role(), policy_of(rules)).decisions] == ["r1"]


def test_a_gift_stops_at_its_clusters() -> None:
    """What is given in prod is not given in test."""
    policy = policy_of('- {name: r, roles: ["/**"], clusters: [prod], give: [view]}')
    assert of(role(), policy, "test").decisions == ()
