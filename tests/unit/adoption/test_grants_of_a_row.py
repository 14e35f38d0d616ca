"""Which grants say what a row or entry by hand gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registrar.adoption.grants import MASTERS_LOSS, Said, said_by_grants
from registrar.adoption.model import Standing
from registrar.adoption.rbac import Rbac
from registrar.grants import Grant, GrantKind
from tests.unit.adoption.sayings import cluster_of, entry, row, to
from tests.unit.samples import policy_of, prod

EDIT_HERE = to("edit", "devs", ns="payments")


def said(standing: Standing, rbac: Rbac | None, *, keep_groups: bool = False, backend: str = "aws-auth") -> Said:
    """What grants say it in the cluster ``prod``."""
    policy = policy_of()
    return said_by_grants(standing, rbac, policy, replace(prod(policy), backend=backend), keep_groups)


def words(standing: Standing, rbac: Rbac | None, **how: bool) -> list[str]:
    """The grants as a tag spells them."""
    return [grant.text for grant in said(standing, rbac, **how).grants]


def test_bindings_to_cluster_roles_are_said_as_those() -> None:
    """Whole cluster and namespaces, each once, over all groups."""
    rbac = cluster_of(EDIT_HERE, to("view", "devs", "all"))
    assert words(row("devs", "all"), rbac) == ["edit@payments", "view"]


@pytest.mark.parametrize(
    "binding",
    [
        to("own", "devs", ns="payments", own=True),
        to("system:monitoring", "devs"),
        to("with a blank", "devs"),
    ],
    ids=["to a Role", "to a ClusterRole that is never granted", "to a name that no tag can have"],
)
def test_one_binding_that_cannot_be_said_keeps_the_group(binding: object) -> None:
    """A part of its rights as ClusterRoles, and the group beside them, would say more than is meant."""
    assert words(row("devs"), cluster_of(EDIT_HERE, binding)) == ["group=devs"]  # type: ignore[arg-type]


def test_a_group_that_nothing_is_bound_to_is_kept() -> None:
    """Something may be bound to it later, or look at it elsewhere."""
    assert words(row("devs"), cluster_of()) == ["group=devs"]


def test_groups_can_be_kept_on_request_and_are_without_kubernetes() -> None:
    """Literally the same groups."""
    assert words(row("devs"), cluster_of(EDIT_HERE), keep_groups=True) == ["group=devs"]
    assert words(row("devs"), None) == ["group=devs"]


def test_masters_become_cluster_admin_and_lose_something() -> None:
    """No authorizer is asked about system:masters, so no question can show it."""
    found = said(row("system:masters", "system:authenticated"), cluster_of())
    assert ([g.text for g in found.grants], found.losses) == (["cluster-admin"], (MASTERS_LOSS,))


@pytest.mark.parametrize("group", ["system:nodes-of-mine", "a{{SessionName}}b", "with blank", "eks:devs"])
def test_what_no_tag_can_ask_for_is_an_obstacle(group: str) -> None:
    """Kubernetes' own groups, templates, other characters, EKS's own."""
    assert said(row(group), cluster_of()).cannot


def test_a_group_of_ours_is_said_by_its_grant() -> None:
    """Put there by hand, or by an adoption that broke off."""
    assert words(row("eks-registrar:edit@payments"), cluster_of()) == ["edit@payments"]


def test_nothing_at_all_needs_no_tag() -> None:
    """A row without groups gives nothing."""
    assert said(row(), cluster_of()).cannot == (
        "it gives nothing that a tag could ask for: remove it, if nobody needs it",
    )


def test_access_policies_are_said_and_patterns_of_namespaces_are_not() -> None:
    """A tag names a namespace."""
    here = Grant(GrantKind.POLICY, "AmazonEKSViewPolicy", "payments")
    wild = replace(here, namespace="team-*")
    assert said(entry(policies=(here,)), cluster_of(), backend="access-entries").grants == (here,)
    assert said(entry(policies=(wild,)), cluster_of(), backend="access-entries").cannot


def test_more_grants_than_are_read_are_an_obstacle() -> None:
    """The 33rd would be refused."""
    rbac = cluster_of(*(to("view", "devs", ns=f"team-{number}") for number in range(33)))
    assert said(row("devs"), rbac).cannot == ("33 grants would be needed, and only 32 are read",)
