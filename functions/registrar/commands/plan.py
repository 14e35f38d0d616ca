"""``eks-registrar plan``: what a sweep would do, and whether a brake would stop it. It writes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from registrar.answers import answer_plan
from registrar.commands.asking import (
    Heard,
    add_clusters,
    add_remote,
    again,
    ask_functions,
    chosen,
    heard,
    registrar_here,
)
from registrar.commands.exit_codes import FAILED
from registrar.commands.showing import add_output, counted, failures, left_open, show
from registrar.commands.tables import Closing
from registrar.commands.told import Told, status_of_plan
from registrar.policy import Policy
from registrar.requests import PLAN


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser("plan", help="what a sweep would do")
    add_clusters(parser)
    add_remote(parser)
    add_output(parser)
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Print the plan. Returns 0 if there is nothing to do, 2 for changes, 3 where a brake stops it, 1 if it failed.

    Raises ``ConfigurationError`` for a cluster that is not configured.
    """
    found = _remote(parsed, policy) if parsed.remote else _here(parsed, policy)
    show(found, [line for one in found.told for line in _closings(one, parsed)], parsed.output)
    return FAILED if found.errors else status_of_plan(found.told)


def _here(parsed: argparse.Namespace, policy: Policy) -> Heard:
    tags = [cluster.tag for cluster in chosen(policy, parsed.cluster)]
    return heard(answer_plan({"registrar": PLAN, "clusters": tags}, registrar_here(policy))["clusters"])


def _remote(parsed: argparse.Namespace, policy: Policy) -> Heard:
    return ask_functions(
        policy,
        chosen(policy, parsed.cluster),
        parsed.function,
        lambda served: [{"registrar": PLAN, "clusters": [cluster.tag for cluster in served]}],
    )


def _closings(one: Told, parsed: argparse.Namespace) -> Iterator[Closing]:
    yield from failures(one)
    if one.failure is not None:
        return
    named = f". Plan {one.plan_hash}" if not one.empty else ""
    yield Closing(f"{one.cluster}: {counted(one, done=False)}{left_open(one)}{named}")
    if one.braked is not None:
        override = again(parsed, "sweep", "--cluster", one.cluster, "--plan-hash", one.plan_hash)
        yield Closing(
            f"{one.cluster}: A BRAKE stops this: {one.braked}. A sweep writes nothing there, not even what is to be "
            "granted. If it is what you want:",
            (override,),
        )
    if one.mode == "observe" and not one.empty:
        yield Closing(f"{one.cluster}: mode observe: a sweep writes NOTHING there, not even a revocation")
