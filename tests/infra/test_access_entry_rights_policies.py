"""Access policies in the rights on access entries, judged by IAM's policy semantics."""

from __future__ import annotations

from itertools import product

from registrar.model import Grant, GrantKind
from registrar.policy import Policy
from tests.infra.access_entry_requests import DEVELOPER, MARK, Call, Entry, not_as, policy_of, with_rule

VIEW, EDIT, ADMIN, CLUSTER_ADMIN = (f"AmazonEKS{name}Policy" for name in ("View", "Edit", "Admin", "ClusterAdmin"))
ASSOCIATE, DISASSOCIATE = "AssociateAccessPolicy", "DisassociateAccessPolicy"
NOTHING_NAMED = policy_of('- {name: dev, clusters: [prod], roles: ["/dev/**"], allow: [view]}')
FOREIGN = Entry(username=DEVELOPER, groups=("platform-admins",))


def naming(*names: str) -> Policy:
    """A configuration with grants of these access policies."""
    return with_rule(NOTHING_NAMED, *(Grant(GrantKind.POLICY, name) for name in names))


def on_ours(*actions: str, names: tuple[str | None, ...]) -> list[Call]:
    """Calls on an entry with our mark."""
    return [Call(action, tags=tuple(MARK.items()), policy=name) for action, name in product(actions, names)]


def test_nothing_is_associated_where_the_configuration_names_no_access_policy() -> None:
    """Nothing else attached to the role could do it either: it is denied outright."""
    names = (CLUSTER_ADMIN, ADMIN, VIEW, None)
    assert not_as("Explicitly", on_ours(ASSOCIATE, names=names), NOTHING_NAMED) == []
    assert not_as("Implicitly", on_ours(DISASSOCIATE, names=names), NOTHING_NAMED) == []


def test_a_named_access_policy_is_associated_with_our_entries_and_no_other() -> None:
    """The mark on the entry decides, for parting them as well."""
    both = (ASSOCIATE, DISASSOCIATE)
    foreign = [Call(action, FOREIGN, tags=tags, policy=VIEW) for action in both for tags in ((), (("team", "a"),))]
    assert not_as("Allowed", on_ours(*both, names=(VIEW, EDIT)), naming(VIEW, EDIT)) == []
    assert not_as("Implicitly", foreign, naming(VIEW, EDIT)) == []


def test_what_is_not_named_stays_denied_beside_what_is() -> None:
    """ClusterAdmin above all, and a request that names no policy."""
    assert not_as("Explicitly", on_ours(ASSOCIATE, names=(CLUSTER_ADMIN, ADMIN, None)), naming(VIEW, EDIT)) == []


def test_cluster_admin_is_associated_where_a_privileged_rule_names_it() -> None:
    """The word in the configuration is what counts, as everywhere."""
    assert not_as("Allowed", on_ours(ASSOCIATE, names=(CLUSTER_ADMIN,)), naming(CLUSTER_ADMIN)) == []
