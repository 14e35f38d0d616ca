"""``python -m tests.fuzz``: every target with many cases, over all cores, and what came of them as a table."""

from __future__ import annotations

import argparse
import os
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from lab.binaries import ensure
from tests.fuzz.target import ROUND
from tests.fuzz.targets import TARGETS

_PER_NIGHT = 100_000


def main() -> None:
    """Run what the command line asks for; a case that breaks a law ends it with the case as small as it gets."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=_PER_NIGHT, help="of each target")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="for the same cases once more")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help="all")
    asked = parser.parse_args()
    ensure(["parsemap"])
    print(f"seed {asked.seed}: `python -m tests.fuzz --seed {asked.seed} --cases {asked.cases}` runs the same cases")
    print(f"{'target':<14} {'cases':>8} {'cases/s':>8}  outcomes", flush=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name in asked.targets or TARGETS:
            _run(name, asked.cases, asked.seed, pool)


def _run(name: str, cases: int, seed: int, pool: ProcessPoolExecutor) -> None:
    started = time.monotonic()
    rounds = [pool.submit(one_round, name, min(ROUND, cases - at), seed + at) for at in range(0, cases, ROUND)]
    outcomes = sum(_results(rounds), Counter[str]())
    speed = outcomes.total() / (time.monotonic() - started)
    told = ", ".join(f"{count:,} {word}" for word, count in outcomes.most_common())
    print(f"{name:<14} {outcomes.total():>8,} {speed:>8,.0f}  {told}", flush=True)


def _results(rounds: Sequence[Future[Counter[str]]]) -> list[Counter[str]]:
    """The results of all; the first that breaks a law ends the others before they begin."""
    try:
        return [each.result() for each in rounds]
    except BaseException:
        for each in rounds:
            each.cancel()
        raise


def one_round(name: str, cases: int, seed: int) -> Counter[str]:
    """One round of one target, in a process of its own."""
    return TARGETS[name].round(cases, seed)


if __name__ == "__main__":
    main()
