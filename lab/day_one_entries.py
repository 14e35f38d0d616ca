"""The access entries that a cluster of EKS has on its first day, where its mode knows them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.aws.account import Account
from lab.aws.facts import ADMINISTRATOR
from lab.settings import CLUSTER, REGISTRAR_ROLE
from registrar.marks import MANAGED_BY, SESSION, controller_group
from registrar.policy import Policy

_CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_WHOLE_CLUSTER = {"type": "cluster"}
_NODE_ROLE = "lab-node-role"
_PLATFORM_ROLE = "platform-admin"


@dataclass(frozen=True)
class DayOneEntry:
    """One of them: what CreateAccessEntry is told beside the principal, and whether it administers the cluster."""

    principal: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    administers: bool = False

    def arn(self, account: Account) -> str:
        """The principal's."""
        return f"arn:aws:iam::{account.number}:{self.principal}"


def create(account: Account, policy: Policy) -> None:
    """Make the entries that were there before the registrar came, and its own way in if it needs one.

    The roles are those of ``lab/aws-auth.yaml``; those that an entry needs are made in IAM. The user that created the
    cluster is its administrator by an access policy, as EKS sees to it (user guide, "Grant IAM users access to
    Kubernetes with EKS access entries").
    """
    _make_role(account, _NODE_ROLE, {"Service": "ec2.amazonaws.com"})
    _make_role(account, _PLATFORM_ROLE, {"AWS": account.number})
    for entry in _entries(policy):
        _create(account, entry)


def reset(account: Account, policy: Policy) -> None:
    """Put the entries back to the first day: others go, and those of that day that were changed are made anew."""
    eks, wanted = account.client("eks"), {entry.arn(account): entry for entry in _entries(policy)}
    present = set()
    for page in eks.get_paginator("list_access_entries").paginate(clusterName=CLUSTER):
        for principal in page["accessEntries"]:
            if principal in wanted and _is_untouched(account, wanted[principal]):
                present.add(principal)
            else:
                eks.delete_access_entry(clusterName=CLUSTER, principalArn=principal)
    for principal in wanted.keys() - present:
        _create(account, wanted[principal])


def _create(account: Account, entry: DayOneEntry) -> None:
    eks, named = account.client("eks"), {"clusterName": CLUSTER, "principalArn": entry.arn(account)}
    eks.create_access_entry(**named, **entry.asked)
    if entry.administers:
        eks.associate_access_policy(**named, policyArn=_CLUSTER_ADMIN, accessScope=_WHOLE_CLUSTER)


def _is_untouched(account: Account, entry: DayOneEntry) -> bool:
    eks, named = account.client("eks"), {"clusterName": CLUSTER, "principalArn": entry.arn(account)}
    shown = eks.describe_access_entry(**named)["accessEntry"]
    found = eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
    scopes = {one["policyArn"]: one["accessScope"] for one in found}
    asked = {"tags": {}, **entry.asked}
    same = all(shown[member] == value for member, value in asked.items())
    return same and scopes == ({_CLUSTER_ADMIN: {**_WHOLE_CLUSTER, "namespaces": []}} if entry.administers else {})


def _entries(policy: Policy) -> tuple[DayOneEntry, ...]:
    group = controller_group(policy.installation)
    own = {
        "type": "STANDARD",
        "username": f"{group}:{SESSION}",
        "kubernetesGroups": [group],
        "tags": {MANAGED_BY: group},
    }
    way_in = (DayOneEntry(f"role/{REGISTRAR_ROLE}", own),)
    return (
        DayOneEntry(f"user/{ADMINISTRATOR}", administers=True),
        DayOneEntry(f"role/{_NODE_ROLE}", {"type": "EC2_LINUX"}),
        DayOneEntry(
            f"role/{_PLATFORM_ROLE}", {"tags": {"owner": "platform"}, "kubernetesGroups": []}, administers=True
        ),
        *(way_in if policy.cluster(CLUSTER).kubernetes != "none" else ()),
    )


def _make_role(account: Account, name: str, trusted: Mapping[str, str]) -> None:
    iam = account.client("iam")
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        return
