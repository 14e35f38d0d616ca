"""``eks-registrar sweep``: settle every principal now, as the schedule does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from registrar import report
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
from registrar.commands.plan_hash import add_plan_hash
from registrar.commands.showing import add_output, counted, failures, left_open, show
from registrar.commands.tables import Closing
from registrar.commands.told import Told, status_of_sweep
from registrar.policy import Policy
from registrar.requests import SWEEP, accounts_of


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser("sweep", help="settle every principal now")
    add_clusters(parser)
    add_plan_hash(parser, "carry this plan out although a brake stops it")
    add_remote(parser)
    add_output(parser)
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Sweep, and print what was done. Returns 0 if it is complete, 1 if something failed, 3 if a brake stopped it.

    In mode observe nothing is written, which is said, and complete. Raises ``ConfigurationError`` for a cluster that is
    not configured.
    """
    found = _remote(parsed, policy) if parsed.remote else _here(parsed, policy)
    show(found, [line for one in found.told for line in _closings(one, parsed)], parsed.output)
    return FAILED if found.errors else status_of_sweep(found.told)


def _here(parsed: argparse.Namespace, policy: Policy) -> Heard:
    registrar = registrar_here(policy).only([cluster.tag for cluster in chosen(policy, parsed.cluster)])
    results = [result for account in accounts_of(policy) for result in registrar.sweep(account, parsed.plan_hash)]
    return heard(report.as_dict(result) for result in results)


def _remote(parsed: argparse.Namespace, policy: Policy) -> Heard:
    """A function sweeps all of its clusters, whichever are named: it is what its schedule does anyway."""
    return ask_functions(
        policy,
        chosen(policy, parsed.cluster),
        parsed.function,
        lambda _: [
            {"registrar": SWEEP, "account": account, "planHash": parsed.plan_hash} for account in accounts_of(policy)
        ],
    )


def _closings(one: Told, parsed: argparse.Namespace) -> Iterator[Closing]:
    yield from failures(one)
    if one.failure is not None:
        return
    if one.braked is not None:
        override = again(parsed, "sweep", "--cluster", one.cluster, "--plan-hash", one.plan_hash)
        yield Closing(
            f"{one.cluster}: STOPPED BY A BRAKE, NOTHING WRITTEN: {one.braked}. "
            f"The plan is {counted(one, done=False)}. If it is what you want:",
            (override,),
        )
    elif one.mode == "observe" and not one.empty:
        yield Closing(
            f"{one.cluster}: NOTHING WRITTEN: mode observe; not even a revocation takes effect. "
            f"The plan is {counted(one, done=False)}{left_open(one)}"
        )
    else:
        yield Closing(f"{one.cluster}: {counted(one, done=True)}{left_open(one)}")
