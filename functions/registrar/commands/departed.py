"""A cluster that has left ``registrar.yaml``, named by its place: what was written there is still there."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace

from registrar.errors import ConfigurationError
from registrar.policy import Cluster, Policy

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


def add_place(parser: argparse.ArgumentParser) -> None:
    """The options that say where such a cluster is."""
    parser.add_argument("--region", type=_region, help="of a cluster that has left registrar.yaml")
    parser.add_argument("--account", type=_account, help="of such a cluster")
    parser.add_argument(
        "--kubernetes", choices=("managed", "none"), help="of such a cluster; none: no Kubernetes call was made there"
    )


def departed(parsed: argparse.Namespace, policy: Policy) -> Cluster | None:
    """The cluster that the options name; ``None`` where they name none, and the configuration has it.

    Raises ``ConfigurationError`` for half a place, for a cluster that has not left, and together with ``--remote``.
    """
    if parsed.region is None and parsed.account is None:
        if parsed.kubernetes is not None:
            raise ConfigurationError("--kubernetes is for a cluster that has left registrar.yaml: say --region too")
        return None
    if parsed.region is None or parsed.account is None:
        raise ConfigurationError("--region and --account go together: they name a cluster that has left registrar.yaml")
    for cluster in policy.clusters:
        if (cluster.name, cluster.region, cluster.account) == (parsed.cluster, parsed.region, parsed.account):
            raise ConfigurationError(
                f"{policy.source} still has this cluster, with the tag {cluster.tag}: say --cluster {cluster.tag}, "
                "without --region and --account"
            )
    if parsed.remote:
        raise ConfigurationError(
            f"no function knows cluster {parsed.cluster} any more: leave out --remote; or, if its endpoint is out of "
            f"reach from here, put it back into {policy.source} in mode observe, deploy, and purge it with --remote"
        )
    made = Cluster(parsed.cluster, parsed.cluster, parsed.account, parsed.region)
    return replace(made, kubernetes=parsed.kubernetes or made.kubernetes)


def place_words(cluster: Cluster) -> tuple[str, ...]:
    """The options that name a departed cluster."""
    untouched = ("--kubernetes", "none") if cluster.kubernetes == "none" else ()
    return ("--cluster", cluster.name, "--region", cluster.region, "--account", cluster.account, *untouched)


def _region(text: str) -> str:
    return _matching(_REGION, text, "a region such as eu-west-1")


def _account(text: str) -> str:
    return _matching(_ACCOUNT, text, "an account of 12 digits")


def _matching(pattern: re.Pattern[str], text: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}, expected {expected}")
    return text
