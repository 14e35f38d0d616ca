"""``eks-registrar doctor``."""

from __future__ import annotations

import argparse
import json

import boto3

from registrar.doctor import request
from registrar.doctor.deployment import function_name
from registrar.doctor.examine import Asked, examine
from registrar.doctor.finding import Finding, all_well, as_dicts, as_text
from registrar.errors import ConfigurationError
from registrar.policy import Cluster, Policy


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Examine, print, and return 0 if all is well, 1 if something was found.

    Raises ``ConfigurationError`` for a cluster that the configuration does not have, ``Unreachable`` if the function
    cannot be asked.
    """
    clusters = tuple(cluster for cluster in policy.clusters if parsed.cluster in (None, cluster.tag))
    if not clusters:
        known = ", ".join(cluster.tag for cluster in policy.clusters)
        raise ConfigurationError(f"no cluster {parsed.cluster!r} in {policy.source}; it has: {known}")
    session = boto3.Session()
    findings = (
        _ask_functions(session, policy, clusters, parsed)
        if parsed.remote
        else examine(Asked(policy, clusters, parsed.function), session)
    )
    well = all_well(findings)
    if parsed.output == "json":
        print(json.dumps({"well": well, "findings": as_dicts(findings)}, indent=2))
    else:
        print(as_text(findings))
    return 0 if well else 1


def _ask_functions(
    session: boto3.Session, policy: Policy, clusters: tuple[Cluster, ...], parsed: argparse.Namespace
) -> tuple[Finding, ...]:
    places = dict.fromkeys((cluster.region, cluster.network) for cluster in clusters)
    return tuple(
        finding
        for region, network in places
        for finding in request.ask(
            session, region, parsed.function or function_name(policy.installation, network), parsed.cluster
        )
    )
