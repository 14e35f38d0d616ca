"""Plays: how a role gets in, with what its tag asks for and nothing else."""

from __future__ import annotations

from ground import READS, Ground
from stage import a_name, event, tagging, verdicts

SECRETS = ("get", "secrets")
VIEW, EDIT = "policy=AmazonEKSViewPolicy", "policy=AmazonEKSEditPolicy"


def a_tag_lets_in(ground: Ground) -> None:
    """Nobody knows the role before; then it reads everywhere, and writes nowhere."""
    role = ground.role(ground.backend.view())
    assert ground.unknown_now(role)
    foreign = ground.doors.foreign()
    ground.done(tagging(role))
    assert ground.may(role, *READS, "-A")
    assert ground.forbidden_now(role, "create", "configmap", "x", "-n", "default")
    assert ground.forbidden_now(role, *SECRETS, "-A")
    assert ground.doors.foreign() == foreign


def a_cluster_role_is_granted(ground: Ground) -> None:
    """By a binding of ours; in a namespace and nowhere else."""
    team, other = ground.namespace(), ground.namespace()
    role = ground.registered(f"edit@{team}")
    assert ground.may(role, "create", "configmap", "x", "-n", team)
    assert ground.forbidden_now(role, *READS, "-n", other)
    assert ground.bindings() != []


def a_cluster_role_is_refused(ground: Ground) -> None:
    """With the reason, and what would serve in its place; nothing is made for it."""
    team = ground.namespace()
    role = ground.role(f"edit@{team}")
    settled = ground.done(tagging(role))
    [decision] = settled.results[0].wanted[0].decisions
    assert decision.verdict.value == "refused"
    assert "kubernetes: none, so no ClusterRole can be bound there" in decision.reason
    assert f"policy=AmazonEKSEditPolicy@{team}" in decision.reason
    assert ground.doors.of(role) is None
    assert ground.unknown_now(role)


def a_grant_is_for_its_namespace(ground: Ground) -> None:
    """Allowed there, 403 elsewhere."""
    team, other = ground.namespace(), ground.namespace()
    role = ground.registered(ground.backend.edit(team))
    assert ground.may(role, "create", "configmap", "x", "-n", team)
    assert ground.forbidden_now(role, "create", "configmap", "x", "-n", other)
    assert ground.forbidden_now(role, *READS, "-A")


def several_namespaces_are_united(ground: Ground) -> None:
    """Of one tag, and of several keys that go on."""
    first, second, third = (ground.namespace() for _ in range(3))
    role = ground.role(f"{ground.backend.edit(first)} {ground.backend.view(second)}")
    ground.tag(role, ground.backend.edit(third), key="eks-registrar/lab/2")
    ground.done(tagging(role))
    assert ground.may(role, "create", "configmap", "x", "-n", third)
    assert ground.user(role).kubectl("create", "configmap", "x", "-n", first).returncode == 0
    assert ground.user(role).kubectl(*READS, "-n", second).returncode == 0
    assert ground.forbidden_now(role, "create", "configmap", "x", "-n", second)


def a_group_that_is_bound_by_others(ground: Ground) -> None:
    """The tag makes a member of it; what it may do is somebody else's binding."""
    team = ground.namespace()
    ground.lab.kubectl("create", "rolebinding", a_name("theirs"), "--clusterrole=view", "--group=oncall", "-n", team)
    role = ground.registered("group=oncall")
    assert ground.may(role, *READS, "-n", team)
    assert ground.forbidden_now(role, *READS, "-n", "default")


def an_access_policy_is_granted(ground: Ground) -> None:
    """One association for each policy, its namespaces united; without any binding."""
    first, second, other = (ground.namespace() for _ in range(3))
    role = ground.registered(f"{EDIT}@{first} {EDIT}@{second}")
    assert ground.may(role, "create", "configmap", "x", "-n", first)
    assert ground.user(role).kubectl("create", "configmap", "x", "-n", second).returncode == 0
    assert ground.forbidden_now(role, *READS, "-n", other)
    assert ground.bindings() == []


def an_access_policy_is_refused(ground: Ground) -> None:
    """On aws-auth there is nothing to associate it with; the rest of the tag goes ahead."""
    role = ground.role(f"{VIEW} view")
    settled = ground.done(tagging(role))
    refused, _ = settled.results[0].wanted[0].decisions
    assert verdicts(settled) == {VIEW: "refused", "view": "allowed"}
    assert "needs access entries, and cluster lab uses aws-auth" in refused.reason
    assert "migrate --cluster lab" in refused.reason
    assert ground.may(role, *READS, "-A")


def a_rule_gives_without_a_tag(ground: Ground) -> None:
    """Identity Center's roles cannot be tagged; their suffix and their path are new each time."""
    team = ground.namespace()
    ground.lab.kubectl("create", "rolebinding", a_name("theirs"), "--clusterrole=view", "--group=oncall", "-n", team)
    arn = ground.lab.aws.create_permission_set_role("Auditors", region="eu-west-1")
    role = arn.rpartition("/")[2]
    ground.done(event("CreateRole", role))
    assert ground.may(role, *READS, "-n", team)


def a_path_is_no_obstacle(ground: Ground) -> None:
    """The authenticator knows no path, EKS knows the whole ARN."""
    role = ground.registered(ground.backend.view(), path="/dev/backend/")
    assert ground.may(role, *READS, "-A")


def a_namespace_is_waited_for(ground: Ground) -> None:
    """The rest goes ahead; the sweep completes it once it is there, and sets it back when it goes."""
    team = a_name("late")
    role = ground.role(f"view edit@{team}")
    assert verdicts(ground.done(tagging(role))) == {"view": "allowed", f"edit@{team}": "waiting"}
    assert ground.may(role, *READS, "-A")
    ground.namespace(team)
    ground.swept()
    assert ground.may(role, "create", "configmap", "x", "-n", team)
    ground.lab.kubectl("delete", "namespace", team)
    ground.swept()
    assert "edit" not in str(ground.doors.of(role))


def a_namespace_is_not_waited_for(ground: Ground) -> None:
    """EKS takes any namespace in an association: it is in effect as soon as the namespace is there."""
    team = a_name("late")
    role = ground.role(ground.backend.edit(team))
    assert verdicts(ground.done(tagging(role))) == {ground.backend.edit(team): "allowed"}
    ground.namespace(team)
    assert ground.may(role, "create", "configmap", "x", "-n", team)


def a_refused_grant_stops_no_other(ground: Ground) -> None:
    """It is refused by itself, with its reason."""
    forbidden = "group=system:masters"
    role = ground.role(f"{forbidden} {ground.backend.view()} no-such-role")
    found = verdicts(ground.done(tagging(role)))
    assert found == {forbidden: "refused", ground.backend.view(): "allowed", "no-such-role": "refused"}
    assert ground.may(role, *READS, "-A")
    assert ground.forbidden_now(role, *SECRETS, "-A")
