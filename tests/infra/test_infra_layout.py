"""From registrar.yaml to what is deployed where, without the CDK."""

from __future__ import annotations

import pytest

from infra.layout import layout_of
from infra.names import Names
from registrar import configuration
from registrar.policy import Policy


def policy_of(*clusters: str, networks: str = "") -> Policy:
    """A policy with these clusters, without rules."""
    lines = "".join(f'- {{account: "123456789012", {cluster}}}\n' for cluster in clusters)
    return configuration.parse(f"{networks}clusters:\n{lines}rules: []\n")


def test_a_hub_in_the_home_region_of_iam_events_needs_no_forwarder() -> None:
    """In us-east-1 the events are already there."""
    layout = layout_of(policy_of("name: a, region: us-east-1"))
    assert (layout.home, [hub.region for hub in layout.hubs], layout.forwarded) == ("us-east-1", ["us-east-1"], ())


def test_each_region_has_one_hub_and_those_away_from_home_are_forwarded_to() -> None:
    """Three clusters in two regions are two hubs."""
    layout = layout_of(
        policy_of("name: a, region: eu-west-1", "name: b, region: us-east-1", "name: c, region: eu-west-1")
    )
    assert [(hub.region, [c.tag for c in hub.clusters]) for hub in layout.hubs] == [
        ("eu-west-1", ["a", "c"]),
        ("us-east-1", ["b"]),
    ]
    assert [hub.region for hub in layout.forwarded] == ["eu-west-1"]


def test_each_network_of_a_region_is_a_part_of_its_own() -> None:
    """A function reaches the clusters of its network only, and of its region only."""
    networks = "networks:\n  corp: {vpcId: vpc-1, subnetIds: [subnet-1], securityGroupIds: [sg-1]}\n"
    layout = layout_of(
        policy_of(
            "name: a, region: eu-west-1, network: corp",
            "name: b, region: eu-west-1",
            "name: c, region: us-east-1",
            networks=networks,
        )
    )
    parts = [(hub.region, part.name, [c.tag for c in part.clusters]) for hub in layout.hubs for part in hub.parts]
    assert parts == [("eu-west-1", "corp", ["a"]), ("eu-west-1", "public", ["b"]), ("us-east-1", "public", ["c"])]
    corp, public = layout.hubs[0].parts
    assert (corp.network and corp.network.vpc_id, public.network) == ("vpc-1", None)


@pytest.mark.parametrize(
    ("region", "home"),
    [("us-gov-east-1", "us-gov-west-1"), ("cn-northwest-1", "cn-north-1"), ("ap-southeast-2", "us-east-1")],
)
def test_the_home_region_is_that_of_the_partition(region: str, home: str) -> None:
    """GovCloud and China have a home region of their own."""
    assert layout_of(policy_of(f"name: a, region: {region}")).home == home


def test_the_names_of_the_longest_installation_fit_and_stay_apart() -> None:
    """IAM, Lambda and EventBridge allow 64 characters; a cut name ends with a hash of the whole."""
    first, second = (Names("i" * 40, region) for region in ("ap-southeast-1", "ap-southeast-2"))
    network = "n" * 20
    made = [first.role(network), first.function(network), first.rule(network), first.forwarding_rule("ap-southeast-2")]
    assert [name for name in made if len(name) > 64] == []
    assert first.role(network) != second.role(network)


def test_the_names_of_a_plain_installation_can_be_told_beforehand() -> None:
    """A person can write the role's ARN into aws-auth before anything is deployed."""
    names = Names("eks-registrar", "eu-west-1")
    assert [names.role("public"), names.function("corp"), names.dead_letters("corp"), names.hub_stack] == [
        "eks-registrar-public-eu-west-1",
        "eks-registrar-corp",
        "eks-registrar-corp-dead-letters",
        "eks-registrar-eu-west-1",
    ]
