"""``--plan-hash``: the plan that a person has looked at."""

from __future__ import annotations

import argparse

from registrar.errors import PoisonRecord
from registrar.requests import hash_of


def add_plan_hash(parser: argparse.ArgumentParser, words: str) -> None:
    """Add the option."""
    parser.add_argument("--plan-hash", metavar="HASH", type=_hash, help=words)


def _hash(text: str) -> str:
    try:
        hash_of({"planHash": text})
    except PoisonRecord as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
