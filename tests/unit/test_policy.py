"""What rules allow: globs, wildcards, privileged and forbidden grants, permission sets."""

from __future__ import annotations

import pytest

from registrar.model import Role
from registrar.policy import Policy, Rule, is_privileged, permission_set_of
from tests.unit.samples import MARKS, SSO_PATH, SSO_ROLE, grant, policy_of, prod, role

# Every wildcard that a file can hold at all, without and with the word.
WIDEST = """
- {name: widest, roles: ["/**"], clusters: [prod], allow: [view, "view@*", "edit@*", "edit@kube-*", "admin@**"]}
- {name: privileged, roles: ["/**"], clusters: [prod], privileged: true, allow: ["edit@*", "admin@kube-*", "edit@**"]}
- {name: policies, roles: ["/**"], clusters: [prod], allow: [policy=AmazonEKSViewPolicy, "policy=AmazonEKSViewPolicy@*",
   "policy=AmazonEKSEditPolicy@*", "policy=AmazonEKSAdminPolicy@kube-*"]}
- {name: privileged-too, roles: ["/**"], clusters: [prod], privileged: true, allow: ["policy=AmazonEKSEditPolicy@*"]}
"""


def allowing(text: str, policy: Policy, who: Role | None = None, cluster: str = "prod") -> str | None:
    """The name of the rule that allows a grant."""
    rules = policy.rules_for(who or role(), policy.cluster(cluster))
    rule = policy.allowing_rule(grant(text), rules)
    return rule.name if rule else None


def covered(pattern: str, who: Role) -> bool:
    """Whether a rule with this glob speaks about a role."""
    policy = policy_of(f'- {{name: r, roles: ["{pattern}"], clusters: [prod], allow: [view]}}')
    return policy.rules[0].covers(who, prod(policy))


@pytest.mark.parametrize(
    "text",
    [
        "cluster-admin", "cluster-admin@payments", "edit", "admin", "custom", "edit@kube-system", "admin@kube-system",
        "edit@kube-public", "edit@kube-node-lease", "edit@eks-registrar", "custom@kube-system", "View", "viewer",
        "policy=AmazonEKSClusterAdminPolicy", "policy=AmazonEKSClusterAdminPolicy@a",
        "policy=AmazonEKSAdminViewPolicy@a", "policy=AmazonEKSSecretReaderPolicy",
        "policy=AmazonEKSSecretReaderPolicy@a", "policy=AmazonEKSEditPolicy",
        "policy=AmazonEKSEditPolicy@kube-system", "policy=AmazonEKSAdminPolicy@kube-node-lease",
        "policy=AmazonEKSEditPolicy@eks-registrar",
    ],
)  # fmt: skip
def test_no_wildcard_reaches_a_privileged_grant(text: str) -> None:
    """Whatever wildcards the rules have, and even with the word, a privileged grant must be named exactly."""
    assert is_privileged(grant(text), MARKS)
    assert allowing(text, policy_of(WIDEST)) is None


@pytest.mark.parametrize("text", [
    "view", "view@kube-system", "edit@payments", "edit@kube-other", "group=oncall", "policy=AmazonEKSViewPolicy",
    "policy=AmazonEKSViewPolicy@kube-system", "policy=AmazonEKSEditPolicy@payments", "policy=AmazonEKSAdminPolicy@a",
])  # fmt: skip
def test_other_grants_are_not_privileged(text: str) -> None:
    """Reading, and writing in an ordinary namespace, need no special word."""
    assert not is_privileged(grant(text), MARKS)


@pytest.mark.parametrize("text", [
    "cluster-admin", "edit", "edit@kube-system", "admin@eks-registrar", "policy=AmazonEKSClusterAdminPolicy",
    "policy=AmazonEKSAdminViewPolicy", "policy=AmazonEKSSecretReaderPolicy@payments", "policy=AmazonEKSEditPolicy",
])  # fmt: skip
def test_a_privileged_grant_needs_its_name_and_the_word(text: str) -> None:
    """Named exactly it is allowed with ``privileged: true``, and not by a rule without it."""
    policy = policy_of(f'- {{name: r, roles: ["/**"], clusters: [prod], privileged: true, allow: ["{text}"]}}')
    assert allowing(text, policy) == "r"
    [rule] = policy.rules
    without = Rule(rule.name, rule.clusters, rule.accounts, rule.roles, allow=rule.allow)
    assert policy.allowing_rule(grant(text), [without]) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("group=system:masters", "a group that begins with system: or eks:"),
        ("group=system:nodes", "a group that begins with system: or eks:"),
        ("group=eks:support", "a group that begins with system: or eks:"),
        ("system:masters", "a ClusterRole that begins with system: or eks:"),
        ("system:node@payments", "a ClusterRole that begins with system: or eks:"),
        ("eks:addon-manager", "a ClusterRole that begins with system: or eks:"),
        ("group=eks-registrar-controller", "the registrar's own"),
        ("group=eks-registrar:edit@x", "the registrar's own"),
        ("group=eks-registrar:cluster-admin", "the registrar's own"),
        ("group=eks-registrar", "the registrar's own"),
        ("policy=AmazonEKSAutoNodePolicy", "not an EKS access policy for people"),
        ("policy=AmazonEKSHybridPolicy", "not an EKS access policy for people"),
        ("policy=amazoneksviewpolicy", "not an EKS access policy for people"),
    ],
)
def test_what_no_rule_can_allow(text: str, reason: str) -> None:
    """A forbidden grant stays forbidden even to a rule, made by hand, that names it with every right."""
    policy = policy_of()
    rule = Rule("r", ("prod",), ("123456789012",), ("/**",), allow=(grant(text),), privileged=True)
    assert reason in (policy.forbidden(grant(text)) or "")
    assert policy.allowing_rule(grant(text), [rule]) is None


@pytest.mark.parametrize(
    ("pattern", "text", "allowed"),
    [
        ("view", "view", True),
        ("view", "view@payments", False),
        ("view@*", "view", False),
        ("view@*", "view@payments", True),
        ("edit@team-*", "edit@team-a", True),
        ("edit@team-*", "edit@steam-a", False),
        ("edit@team-a", "edit@team-ab", False),
        ("edit@*-dev", "edit@team-dev", True),
        ("edit@team-*", "admin@team-a", False),
        ("edit@team-*", "edit2@team-a", False),
        ("group=oncall", "group=oncall", True),
        ("group=oncall", "group=oncall2", False),
        ("group=oncall", "oncall@oncall", False),
        ("policy=AmazonEKSViewPolicy", "policy=AmazonEKSViewPolicy", True),
        ("policy=AmazonEKSViewPolicy", "policy=AmazonEKSViewPolicy@payments", False),
        ("policy=AmazonEKSViewPolicy@*", "policy=AmazonEKSViewPolicy", False),
        ("policy=AmazonEKSEditPolicy@team-*", "policy=AmazonEKSEditPolicy@team-a", True),
        ("policy=AmazonEKSEditPolicy@team-*", "policy=AmazonEKSAdminPolicy@team-a", False),
        ("policy=AmazonEKSEditPolicy@team-*", "edit@team-a", False),
        ("edit@team-*", "policy=AmazonEKSEditPolicy@team-a", False),
    ],
)
def test_a_pattern_matches_the_grant_and_nothing_wider(pattern: str, text: str, allowed: bool) -> None:
    """Wildcards stand for namespaces only; a whole cluster is never meant by a namespace, nor the reverse."""
    policy = policy_of(f'- {{name: r, roles: ["/**"], clusters: [prod], allow: ["{pattern}"]}}')
    assert (allowing(text, policy) == "r") is allowed


@pytest.mark.parametrize(
    ("pattern", "path", "name", "matches"),
    [
        ("/dev/*", "/dev/", "alice", True),
        ("/dev/*", "/dev/team/", "alice", False),
        ("/dev/*", "/", "dev", False),
        ("/dev/*", "/Dev/", "alice", False),
        ("/dev/**", "/dev/team/a/", "alice", True),
        ("/dev/**", "/", "dev", False),
        ("/*", "/", "alice", True),
        ("/*", "/dev/", "alice", False),
        ("/**", "/dev/team/", "alice", True),
        ("/dev-*", "/", "dev-alice", True),
        ("/dev-*", "/", "xdev-alice", False),
        ("/*/ci-*", "/dev/", "ci-1", True),
        ("/*/ci-*", "/dev/team/", "ci-1", False),
        ("/**/ci-*", "/dev/team/", "ci-1", True),
        ("/a.b", "/", "a.b", True),
        ("/a.b", "/", "aXb", False),
        ("/alice", "/", "alice2", False),
    ],
)
def test_a_role_glob_covers_path_and_name(pattern: str, path: str, name: str, matches: bool) -> None:
    """``*`` stops at ``/``, ``**`` does not, and everything else is literal."""
    assert covered(pattern, role(name, path=path)) is matches


def test_a_rule_speaks_only_about_its_accounts() -> None:
    """A role of the same path and name in another account is a stranger."""
    assert not covered("/**", role(account="111122223333"))


def test_a_rule_speaks_only_about_its_clusters() -> None:
    """What is allowed in prod is not allowed in test."""
    policy = policy_of()
    assert allowing("view", policy) == "all"
    assert allowing("view", policy, cluster="test") is None


def test_the_first_matching_rule_is_named() -> None:
    """One rule is enough, and the report names the first in the file."""
    policy = policy_of(WIDEST)
    assert allowing("edit@payments", policy) == "widest"
    assert allowing("admin@kube-other", policy) == "widest"


@pytest.mark.parametrize(
    ("path", "name", "permission_set"),
    [
        (SSO_PATH, SSO_ROLE, "Ops"),
        (f"{SSO_PATH}eu-west-1/", SSO_ROLE, "Ops"),
        (SSO_PATH, "AWSReservedSSO_My_Set_0123456789abcdef", "My_Set"),
        (SSO_PATH, "AWSReservedSSO_Ops_0123456789ABCDEF", None),
        (SSO_PATH, "AWSReservedSSO_Ops_0123456789abcde", None),
        (SSO_PATH, "AWSReservedSSO__0123456789abcdef", None),
        ("/", SSO_ROLE, None),
        ("/aws-reserved/", SSO_ROLE, None),
        ("/x/aws-reserved/sso.amazonaws.com/", SSO_ROLE, None),
    ],
)
def test_a_permission_set_is_read_off_path_and_name(path: str, name: str, permission_set: str | None) -> None:
    """Only a role under AWS's reserved path counts: anybody can make one of that name elsewhere."""
    assert permission_set_of(role(name, path=path)) == permission_set


def test_a_permission_set_rule_covers_its_roles_whatever_their_suffix() -> None:
    """Re-provisioning changes the suffix and the rule still speaks; a set of a longer name is another."""
    policy = policy_of("- {name: ops, permissionSets: [Ops], clusters: [prod], give: [view]}")
    [rule] = policy.rules
    for name in (SSO_ROLE, "AWSReservedSSO_Ops_fedcba9876543210"):
        assert rule.covers(role(name, path=f"{SSO_PATH}eu-west-1/"), prod(policy))
    assert not rule.covers(role("AWSReservedSSO_Ops2_0123456789abcdef", path=SSO_PATH), prod(policy))
    assert not rule.covers(role(SSO_ROLE), prod(policy))


def test_a_role_glob_never_covers_a_permission_set_s_role() -> None:
    """``/**`` means roles that people make; Identity Center's are named by their set."""
    assert not covered("/**", role(SSO_ROLE, path=SSO_PATH))


def test_only_a_pattern_without_wildcard_names_a_role_exactly() -> None:
    """What a node's role needs: the whole path and name, letter by letter."""
    policy = policy_of('- {name: r, roles: ["/nodes/*", "/nodes/blue"], clusters: [prod], allow: [view]}')
    [rule] = policy.rules
    assert rule.names_exactly(role("blue", path="/nodes/"))
    assert not rule.names_exactly(role("green", path="/nodes/"))
    assert not rule.names_exactly(role("Blue", path="/nodes/"))


def test_the_policy_knows_which_accounts_concern_a_cluster() -> None:
    """Events of other accounts are dropped before anything is read; the cluster's own account always is its concern."""
    policy = policy_of()
    assert policy.concerns("123456789012", policy.cluster("prod"))
    assert not policy.concerns("111122223333", policy.cluster("prod"))
    assert policy.concerns("123456789012", policy.cluster("test")), "a row may stand whose rule has gone"
