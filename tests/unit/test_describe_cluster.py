"""What EKS says about a cluster that is not, or not yet, as one would like it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from registrar.eks.cluster import describe
from registrar.errors import Unreachable
from registrar.policy import Cluster

CLUSTER = Cluster("prod", "prod", "123456789012", "eu-west-1")
READY = {
    "status": "ACTIVE",
    "endpoint": "https://x.eks.example",
    "certificateAuthority": {"data": base64.b64encode(b"PEM").decode()},
}


class Eks:
    """An EKS client that answers with one cluster."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def describe_cluster(self, name: str) -> dict[str, Any]:  # noqa: ARG002 - the signature is boto3's
        """The cluster."""
        return {"cluster": self.answer}


def test_a_cluster_of_old_has_the_mode_config_map() -> None:
    """Before access entries EKS told no mode."""
    assert describe(Eks(READY), CLUSTER).authentication_mode == "CONFIG_MAP"
    assert describe(Eks(READY), CLUSTER).ca_pem == "PEM"


@pytest.mark.parametrize("without", ["endpoint", "certificateAuthority"])
def test_a_cluster_that_is_being_created_returns_its_records(without: str) -> None:
    """It has neither endpoint nor CA yet; the other clusters of the batch are written all the same."""
    creating = {key: value for key, value in READY.items() if key != without} | {"status": "CREATING"}
    with pytest.raises(Unreachable, match=r"cluster prod: EKS tells no endpoint of prod .*CREATING; nothing was writ"):
        describe(Eks(creating), CLUSTER)
