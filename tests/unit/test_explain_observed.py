"""What `explain` says of a cluster in which nothing is written, and of a node's role spelled oddly."""

from __future__ import annotations

from registrar.desired import node_reason
from registrar.explain import explain
from tests.unit.memory import World
from tests.unit.samples import asks, policy_of, ref, role

RULES = """
- {name: all, roles: ["/**"], clusters: [prod, test], allow: [view]}
"""


def test_no_event_is_promised_to_change_a_cluster_that_is_only_observed() -> None:
    """`prod` is enforced and will be changed by the next event; `test` is observed and will not."""
    made = World(policy_of(RULES))
    made.iam.roles = {ref(): role(tags=asks("view").tags + asks("view", cluster="test").tags)}
    registrar = made.registrar()
    text = "\n".join(explain(ref(), made.policy, registrar.clusters, registrar.open_cluster, registrar.principals))
    enforced, observed = text.split("cluster test (observe)")
    assert "not settled yet: the next event of this role" in enforced
    assert "not settled: the cluster is in mode observe, nothing is written there" in observed
    assert "next event" not in observed


def test_a_node_service_in_capitals_is_one_all_the_same() -> None:
    """Whatever case IAM lets a trust policy be written in."""
    assert node_reason(role(trusts=["EC2.amazonaws.com"])) is not None
    assert node_reason(role(trusts=["lambda.amazonaws.com"])) is None
