"""Commands of the AWS CLI that are told to a person, ready to be copied. Pure."""

from __future__ import annotations

import shlex

from registrar.policy import Cluster


def eks(operation: str, *words: str) -> str:
    """``aws eks OPERATION …`` for a POSIX shell."""
    return shlex.join(["aws", "eks", operation, *words])


def of_entry(operation: str, cluster: Cluster, arn: str, *words: str) -> str:
    """A command about the access entry of one principal."""
    return eks(operation, "--region", cluster.region, "--cluster-name", cluster.name, "--principal-arn", arn, *words)
