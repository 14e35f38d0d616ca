"""The commands that a migration tells a person, ready to be copied. Pure."""

from __future__ import annotations

import shlex

from registrar import aws_cli
from registrar.eks_terms import access_policy_arn
from registrar.migration.model import CLUSTER_ADMIN, Wanted
from registrar.partitions import partition_of
from registrar.policy import Cluster


def change_mode(cluster: Cluster, mode: str) -> str:
    """Change the authentication mode; there is no way back from it."""
    wanted = f"authenticationMode={mode}"
    where = ("--region", cluster.region, "--name", cluster.name)
    return aws_cli.eks("update-cluster-config", *where, "--access-config", wanted)


def create_entry(cluster: Cluster, arn: str, kind: str | None = None, *more: str) -> str:
    """Make an entry by hand."""
    typed = ("--type", kind) if kind else ()
    return aws_cli.of_entry("create-access-entry", cluster, arn, *typed, *more)


def create_wanted(cluster: Cluster, wanted: Wanted) -> tuple[str, ...]:
    """Make such an entry by hand, with its access policy."""
    groups = ("--kubernetes-groups", *wanted.groups) if wanted.groups else ()
    made = create_entry(cluster, wanted.arn, None, "--username", wanted.username, *groups)
    if not wanted.policies:
        return (made,)
    policy = access_policy_arn(partition_of(cluster.region), CLUSTER_ADMIN.name)
    scope = ("--policy-arn", policy, "--access-scope", "type=cluster")
    return (made, aws_cli.of_entry("associate-access-policy", cluster, wanted.arn, *scope))


def delete_entry(cluster: Cluster, arn: str) -> str:
    """Delete an entry."""
    return aws_cli.of_entry("delete-access-entry", cluster, arn)


def describe_entry(cluster: Cluster, arn: str) -> str:
    """Show an entry."""
    return aws_cli.of_entry("describe-access-entry", cluster, arn)


def kubectl(context: str | None, *words: str) -> str:
    """A kubectl command for the same context."""
    return shlex.join(["kubectl", *([f"--context={context}"] if context else ()), *words])
