"""Access policies in the rights on access entries, judged by IAM's policy semantics."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from registrar.grants import Grant, GrantKind
from registrar.policy import Policy
from tests.infra.access_entry_requests import (
    DEVELOPER,
    MARK,
    OURS,
    Call,
    Entry,
    not_as,
    policy_of,
    rights_of,
    with_rule,
)

VIEW, EDIT, ADMIN, CLUSTER_ADMIN = (f"AmazonEKS{name}Policy" for name in ("View", "Edit", "Admin", "ClusterAdmin"))
ASSOCIATE, DISASSOCIATE = "AssociateAccessPolicy", "DisassociateAccessPolicy"
NOTHING_NAMED = policy_of('- {name: dev, clusters: [prod], roles: ["/dev/**"], allow: [view]}')
FOREIGN = Entry(username=DEVELOPER, groups=("platform-admins",))


def naming(*names: str) -> Policy:
    """A configuration with grants of these access policies."""
    return with_rule(NOTHING_NAMED, *(Grant(GrantKind.POLICY, name) for name in names))


def on_ours(*actions: str, names: tuple[str | None, ...]) -> list[Call]:
    """Calls on an entry with our mark, for the whole cluster what is associated."""
    return [
        Call(action, tags=tuple(MARK.items()), policy=name, scope="cluster" if action == ASSOCIATE else None)
        for action, name in product(actions, names)
    ]


def test_nothing_is_associated_where_the_configuration_names_no_access_policy() -> None:
    """Nothing else attached to the role could do it either: it is denied outright."""
    names = (CLUSTER_ADMIN, ADMIN, VIEW, None)
    assert not_as("Explicitly", on_ours(ASSOCIATE, names=names), NOTHING_NAMED) == []
    assert not_as("Implicitly", on_ours(DISASSOCIATE, names=names), NOTHING_NAMED) == []


def test_a_named_access_policy_is_associated_with_our_entries_and_no_other() -> None:
    """The mark on the entry decides, for parting them as well."""
    both = (ASSOCIATE, DISASSOCIATE)
    ours = on_ours(*both, names=(VIEW,))
    foreign = [replace(call, entry=FOREIGN, tags=tags) for call in ours for tags in ((), (("team", "a"),))]
    assert not_as("Allowed", on_ours(*both, names=(VIEW, EDIT)), naming(VIEW, EDIT)) == []
    assert not_as("Implicitly", foreign, naming(VIEW, EDIT)) == []


def test_what_is_not_named_stays_denied_beside_what_is() -> None:
    """ClusterAdmin above all, and a request that names no policy."""
    assert not_as("Explicitly", on_ours(ASSOCIATE, names=(CLUSTER_ADMIN, ADMIN, None)), naming(VIEW, EDIT)) == []


def test_cluster_admin_is_associated_where_a_privileged_rule_names_it() -> None:
    """The word in the configuration is what counts, as everywhere."""
    assert not_as("Allowed", on_ours(ASSOCIATE, names=(CLUSTER_ADMIN,)), naming(CLUSTER_ADMIN)) == []


def with_groups(call: Call, groups: tuple[str, ...] | None) -> Call:
    """The same call with these groups; ``None`` are none in the request's context at all."""
    return replace(call, entry=replace(call.entry, groups=groups))


def writes(policy: str = "") -> list[Call]:
    """An entry made, and one changed, without any group."""
    tags = tuple(MARK.items())
    calls = (Call("CreateAccessEntry", asked=tags), Call("UpdateAccessEntry", tags=tags))
    return [with_groups(call, groups) for call in calls for groups in (None, ())]


def test_an_entry_without_groups_is_made_where_access_policies_are_named() -> None:
    """It stands with its policies; without any it would stand for nothing."""
    assert not_as("Allowed", writes(), naming(VIEW)) == []
    assert not_as("Implicitly", writes(), NOTHING_NAMED) == []


@pytest.mark.parametrize("group", ["system:masters", f"{OURS}:cluster-admin", f"{OURS}:edit@team-a", "oncall"])
def test_the_right_to_an_entry_without_groups_lets_no_group_in(group: str) -> None:
    """Also where no rule names a group at all, and with a group of the rules beside it."""
    only_policies = policy_of(f'- {{name: r, clusters: [prod], roles: ["/**"], allow: ["policy={VIEW}@*"]}}')
    for groups in ((group,), (f"{OURS}:view", group)):
        calls = [with_groups(call, groups) for call in writes()]
        assert not_as("Implicitly", calls, only_policies) == []
        assert not_as("Implicitly", calls, naming(VIEW)) == []


def test_a_cluster_of_policies_alone_gets_entries() -> None:
    """Also one to which no Kubernetes call is ever made: there a rule's ClusterRoles give no right to their groups."""
    rule = (
        f'- {{name: r, clusters: [prod], roles: ["/**"], allow: [view, "edit@*", "group=oncall", "policy={VIEW}@*"]}}'
    )
    without_kubernetes = policy_of(rule, more=", kubernetes: none")
    assert not_as("Allowed", writes(), without_kubernetes) == []
    groups = [with_groups(call, (f"{OURS}:edit@team-a",)) for call in writes()]
    assert not_as("Implicitly", groups, without_kubernetes) == []
    assert not_as("Allowed", groups, policy_of(rule)) == []
    oncall = [with_groups(call, ("oncall",)) for call in writes()]
    assert not_as("Allowed", oncall, without_kubernetes) == []
    assert f"{OURS}:" not in str([scope.groups for scope, _ in rights_of(without_kubernetes).clusters])
