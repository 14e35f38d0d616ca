"""The command line ``eks-registrar``: the same code as the function, never a second implementation."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from registrar import configuration, report
from registrar.errors import ConfigurationError, RegistrarError
from registrar.explain import explain, ref_of_arn
from registrar.manifests import create_aws_auth, manifests, render
from registrar.policy import Cluster, Policy
from registrar.reconcile import Runtime
from registrar.service import Registrar
from registrar.settings import Settings
from registrar.wiring import registrar_of

LATER = ("plan", "sweep", "history", "restore", "migrate", "adopt", "purge", "report", "doctor")

OK, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns 0 if it did it, 1 if it failed, 2 if it was called wrongly."""
    parsed = _parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = parsed.run
        return run(parsed)
    except (RegistrarError, BotoCoreError) as error:
        print(f"eks-registrar: {error}", file=sys.stderr)
        return USAGE if isinstance(error, ConfigurationError) else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="eks-registrar", description=__doc__)
    parser.add_argument("--config", type=Path, help="registrar.yaml (default: REGISTRAR_CONFIG, then ./registrar.yaml)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    replay = commands.add_parser("replay", help="what the function would do with these events")
    replay.add_argument("events", nargs="+", type=Path, metavar="EVENT.json")
    replay.add_argument("--apply", action="store_true", help="do it")
    replay.add_argument("--output", choices=("text", "json"), default="text")
    replay.set_defaults(run=_replay)

    why = commands.add_parser("explain", help="tag → grant → rule → group → binding → row, for every cluster")
    why.add_argument("arn", metavar="ARN")
    why.set_defaults(run=_explain)

    rights = commands.add_parser("manifests", help="the registrar's own rights in a cluster, for an admin to apply")
    rights.add_argument("--cluster", required=True, help="the cluster's tag")
    rights.add_argument("--create-aws-auth", action="store_true", help="print an empty aws-auth, for a cluster without")
    rights.set_defaults(run=_manifests)

    for name in LATER:
        later = commands.add_parser(name, help="not yet supported", add_help=False)
        later.add_argument("rest", nargs=argparse.REMAINDER)
        later.set_defaults(run=_not_yet, name=name)
    return parser


def _replay(parsed: argparse.Namespace) -> int:
    policy = _policy(parsed)
    registrar = registrar_of(policy, None, boto3.Session())
    if not parsed.apply:
        registrar = _observing(registrar)
    events = [event for path in parsed.events for event in _events_in(path)]
    settled = registrar.settle(events)
    if parsed.output == "json":
        outcomes = [{"outcome": o.word, "error": str(o.error) if o.error else None} for o in settled.outcomes]
        print(json.dumps({"events": outcomes, "clusters": [report.as_dict(r) for r in settled.results]}, indent=2))
    else:
        print("\n".join(line.message for line in report.outcome_lines(settled)))
        print("\n".join(report.as_text(result) for result in settled.results))
    return FAILED if any(outcome.error for outcome in settled.outcomes) else OK


def _explain(parsed: argparse.Namespace) -> int:
    ref = ref_of_arn(parsed.arn)
    if ref is None:
        print(f"eks-registrar: {parsed.arn!r} is not the ARN of a role or of a role's session", file=sys.stderr)
        return USAGE
    policy = _policy(parsed)
    registrar = registrar_of(policy, None, boto3.Session())
    for line in explain(ref, policy, registrar.clusters, registrar.open_cluster, registrar.principals):
        print(line)
    return OK


def _manifests(parsed: argparse.Namespace) -> int:
    policy = _policy(parsed)
    if parsed.cluster not in {cluster.tag for cluster in policy.clusters}:
        known = ", ".join(cluster.tag for cluster in policy.clusters)
        print(f"eks-registrar: no cluster {parsed.cluster!r} in {policy.source}; it has: {known}", file=sys.stderr)
        return USAGE
    objects = [create_aws_auth()] if parsed.create_aws_auth else manifests(policy, parsed.cluster)
    print(render(objects), end="")
    return OK


def _not_yet(parsed: argparse.Namespace) -> int:
    print(f"eks-registrar: {parsed.name} is not yet supported", file=sys.stderr)
    return USAGE


def _policy(parsed: argparse.Namespace) -> Policy:
    if parsed.config is not None:
        return configuration.load(parsed.config)
    here = Path("registrar.yaml")
    if not os.environ.get("REGISTRAR_CONFIG") and here.is_file():
        return configuration.load(here)
    return configuration.load(Settings.read(os.environ).config)


def _observing(registrar: Registrar) -> Registrar:
    """The same registrar with every cluster in mode observe: it plans and reports, and writes nothing."""
    clusters = tuple(Cluster(**{**vars(cluster), "mode": "observe"}) for cluster in registrar.clusters)
    policy = Policy(**{**vars(registrar.policy), "clusters": clusters})
    runtime: Runtime = registrar.runtime
    return Registrar(policy, clusters, registrar.open_cluster, registrar.principals, runtime)


def _events_in(path: Path) -> list[object]:
    """The events of a file: one bare event, or the bodies of an SQS batch. Raises ``ConfigurationError``."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read as JSON: {error}") from error
    if isinstance(found, dict) and isinstance(found.get("Records"), list):
        return [_body(record) for record in found["Records"]]
    return [found]


def _body(record: dict[str, object]) -> object:
    try:
        return json.loads(str(record.get("body")))
    except ValueError:
        return record.get("body")


if __name__ == "__main__":
    sys.exit(main())
