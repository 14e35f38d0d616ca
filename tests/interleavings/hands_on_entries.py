"""Whoever else writes access entries: an administrator, by the same operations and with more rights than ours."""

from __future__ import annotations

from contextlib import suppress

from botocore.exceptions import ClientError

from lab.memory.eks_client import EksClient
from tests.interleavings.other_writers import Hand
from tests.interleavings.registrar_actors import ACCOUNT, EPOCH

ALICE_ARN = f"arn:aws:iam::{ACCOUNT}:role/alice"


def eks_of(hand: Hand) -> EksClient:
    """The administrator's client."""
    return EksClient(hand.ask, EPOCH, ours=False)


def makes_an_entry(hand: Hand) -> None:
    """Make an entry for alice; where there is one already, or no alice, nothing comes of it."""
    with suppress(ClientError):
        eks_of(hand).create_access_entry(
            principalArn=ALICE_ARN, type="STANDARD", username="by-hand", kubernetesGroups=["some"], tags={}
        )


def deletes_the_entry(hand: Hand) -> None:
    """Delete alice's entry, whose ever it is by now."""
    with suppress(ClientError):
        eks_of(hand).delete_access_entry(principalArn=ALICE_ARN)


def puts_a_group_into_the_entry(hand: Hand) -> None:
    """Give alice's entry a group and a username of theirs."""
    with suppress(ClientError):
        eks_of(hand).update_access_entry(principalArn=ALICE_ARN, username="by-hand", kubernetesGroups=["some"])


def associates_a_policy(hand: Hand) -> None:
    """Give alice's entry an access policy."""
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    with suppress(ClientError):
        eks_of(hand).associate_access_policy(principalArn=ALICE_ARN, policyArn=arn, accessScope={"type": "cluster"})


def takes_the_entry_over(hand: Hand) -> None:
    """Write another owner into the mark of alice's entry."""
    with suppress(ClientError):
        entry = eks_of(hand).describe_access_entry(principalArn=ALICE_ARN)["accessEntry"]
        tags = {"app.kubernetes.io/managed-by": "somebody"}
        eks_of(hand).tag_resource(resourceArn=entry["accessEntryArn"], tags=tags)
