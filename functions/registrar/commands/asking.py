"""The registrar asked: this process with the caller's credentials, or with ``--remote`` the functions.

Both take the same requests and answer with the same JSON.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from registrar.commands.progress import say, told_of
from registrar.commands.told import Told
from registrar.doctor.deployment import function_name
from registrar.errors import ConfigurationError, RegistrarError
from registrar.invocation import answered_something_else, invoke
from registrar.policy import Cluster, Policy
from registrar.service import Registrar
from registrar.wiring import registrar_of

Request = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """What was answered about the clusters, as JSON and as read from it, and by whom nothing was."""

    clusters: tuple[Request, ...]
    told: tuple[Told, ...]
    errors: tuple[RegistrarError, ...] = ()


def add_remote(parser: argparse.ArgumentParser) -> None:
    """The options of a command that can ask the function."""
    parser.add_argument("--remote", action="store_true", help="let the function do it (for private endpoints)")
    parser.add_argument("--function", metavar="NAME", help="the function, if it has not the name of the CDK app")


def add_clusters(parser: argparse.ArgumentParser) -> None:
    """The option that says which clusters."""
    parser.add_argument("--cluster", action="append", metavar="TAG", help="one cluster; may be repeated (default: all)")


def chosen(policy: Policy, tags: Sequence[str] | None) -> tuple[Cluster, ...]:
    """The clusters of these tags, all if none is named. Raises ``ConfigurationError`` for a tag that is not known."""
    known = [cluster.tag for cluster in policy.clusters]
    for tag in tags or ():
        if tag not in known:
            raise ConfigurationError(f"no cluster {tag!r} in {policy.source}; it has: {', '.join(known)}")
    return tuple(cluster for cluster in policy.clusters if not tags or cluster.tag in tags)


def registrar_here(policy: Policy) -> Registrar:
    """The registrar of this process, with the caller's credentials."""
    return told_of(registrar_of(policy, None, boto3.Session()))


def heard(clusters: Iterable[Request], errors: Sequence[RegistrarError] = ()) -> Heard:
    """Answers as they are shown."""
    found = tuple(clusters)
    return Heard(found, tuple(Told.of(one) for one in found), tuple(errors))


def ask_functions(
    policy: Policy,
    clusters: Sequence[Cluster],
    function: str | None,
    requests: Callable[[tuple[Cluster, ...]], Sequence[Request]],
) -> Heard:
    """Send each function that serves one of these clusters its requests; one that does not answer hinders no other."""
    session, found, errors = boto3.Session(), list[Request](), list[RegistrarError]()
    for region, network in dict.fromkeys((cluster.region, cluster.network) for cluster in clusters):
        name = function or function_name(policy.installation, network)
        served = tuple(c for c in clusters if (c.region, c.network) == (region, network))
        for request in requests(served):
            try:
                found += _answer(session, region, name, request)
            except RegistrarError as error:
                errors.append(error)
    return heard(found, errors)


def plain(parsed: argparse.Namespace, *words: str) -> str:
    """A command line for the same configuration, to be copied."""
    return shlex.join(["eks-registrar", *_config(parsed), *words])


def again(parsed: argparse.Namespace, *words: str) -> str:
    """A command line for the same configuration and the same registrar, here or remote, to be copied."""
    return plain(parsed, *words, *_remote(parsed))


def _answer(session: boto3.Session, region: str, function: str, request: Request) -> list[Request]:
    say(f"asking function {function} in {region}")
    answer = invoke(session, region, function, request)
    try:
        clusters: list[Request] = list(answer["clusters"])
        heard(clusters)
    except (KeyError, TypeError, ValueError) as error:
        raise answered_something_else(f"function {function} in {region}", answer) from error
    return clusters


def _config(parsed: argparse.Namespace) -> Iterator[str]:
    if parsed.config is not None:
        yield from ("--config", str(parsed.config))


def _remote(parsed: argparse.Namespace) -> Iterator[str]:
    if parsed.remote:
        yield "--remote"
    if parsed.function is not None:
        yield from ("--function", parsed.function)
