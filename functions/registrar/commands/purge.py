"""``eks-registrar purge``: leave a cluster without a trace: first the plan and its hash, then, with the hash, done."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from registrar.answers import answer_purge
from registrar.commands.asking import Heard, add_remote, again, ask_functions, chosen, heard, plain, registrar_here
from registrar.commands.departed import add_place, departed, place_words
from registrar.commands.exit_codes import BRAKED, CHANGES, FAILED, OK
from registrar.commands.left_behind import left_behind
from registrar.commands.plan_hash import add_plan_hash
from registrar.commands.showing import add_output, counted, failures, show
from registrar.commands.tables import Closing
from registrar.commands.told import Told
from registrar.policy import Cluster, Policy
from registrar.requests import PURGE


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser("purge", help="remove all of ours from a cluster")
    parser.add_argument("--cluster", required=True, metavar="TAG", help="its tag; with --region its name in EKS")
    add_place(parser)
    add_plan_hash(parser, "do it, if this is still the plan")
    add_remote(parser)
    add_output(parser)
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Show what would go, or with the hash of that plan remove it.

    Returns 0 if nothing of ours is left, 2 if something would go, 3 if the plan is not the one of the hash, 1 if it
    failed. Raises ``ConfigurationError`` for a cluster that is not configured, unless its place is given.
    """
    elsewhere = departed(parsed, policy)
    cluster = elsewhere or chosen(policy, [parsed.cluster])[0]
    found = _remote(parsed, policy, cluster) if parsed.remote else _here(parsed, policy, cluster)
    where = place_words(elsewhere) if elsewhere else ("--cluster", cluster.tag)
    closings = [line for one in found.told for line in _closings(one, cluster, policy, parsed, where)]
    if elsewhere is None and cluster.enforced:
        closings.insert(0, _still_enforced(cluster, policy))
    show(found, closings, parsed.output)
    return FAILED if found.errors else _status(found.told, parsed.plan_hash)


def _here(parsed: argparse.Namespace, policy: Policy, cluster: Cluster) -> Heard:
    registrar = replace(registrar_here(policy), clusters=(cluster,))
    return heard(answer_purge(_request(parsed, cluster), registrar)["clusters"])


def _remote(parsed: argparse.Namespace, policy: Policy, cluster: Cluster) -> Heard:
    return ask_functions(policy, [cluster], parsed.function, lambda _: [_request(parsed, cluster)])


def _request(parsed: argparse.Namespace, cluster: Cluster) -> dict[str, Any]:
    return {"registrar": PURGE, "cluster": cluster.tag, "planHash": parsed.plan_hash}


def _status(told: tuple[Told, ...], plan_hash: str | None) -> int:
    if any(one.failed for one in told):
        return FAILED
    if all(one.empty or one.written for one in told):
        return OK
    return CHANGES if plan_hash is None else BRAKED


def _closings(
    one: Told, cluster: Cluster, policy: Policy, parsed: argparse.Namespace, where: tuple[str, ...]
) -> Iterator[Closing]:
    yield from failures(one)
    if one.failed:
        return
    if one.empty or one.written:
        done = "nothing of ours is left" if one.empty else f"purged: {counted(one, done=True)}"
        yield Closing(f"{one.cluster}: {done}")
        manifests = plain(parsed, "manifests", "--cluster", cluster.tag)
        yield from left_behind(cluster, policy, manifests, entries=one.entries)
        return
    changed = (
        f"the plan is no longer {parsed.plan_hash}, look at it again" if parsed.plan_hash else "this would be removed"
    )
    do_it = again(parsed, "purge", *where, "--plan-hash", one.plan_hash)
    yield Closing(
        f"{one.cluster}: NOTHING WRITTEN: {changed}: {counted(one, done=False)}. Plan {one.plan_hash}. To do it:",
        (do_it,),
    )


def _still_enforced(cluster: Cluster, policy: Policy) -> Closing:
    return Closing(
        f"{cluster.tag}: WARNING: {policy.source} has it in mode enforce: the next event or sweep of the function "
        "writes again what is removed here. First say mode: observe and deploy"
    )
