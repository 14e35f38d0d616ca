"""The command line ``eks-registrar``: the same code as the function, never a second implementation."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import boto3
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError

from registrar import configuration, report
from registrar.batch import settle_records
from registrar.caller import caller_defaults
from registrar.commands import adopt, history, migrate, plan, purge, restore, sweep
from registrar.commands.exit_codes import CONFIGURATION, FAILED, OK, USAGE
from registrar.errors import ConfigurationError, RegistrarError
from registrar.explain import explain, ref_of_arn
from registrar.manifests import create_aws_auth, manifests, render
from registrar.policy import Policy
from registrar.service import Registrar, Settled
from registrar.settings import Settings
from registrar.wiring import registrar_of

LATER = ("report",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns one of ``commands.exit_codes``; exits by itself if it was called wrongly."""
    parsed = _parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = parsed.run
        return run(parsed)
    except (RegistrarError, BotoCoreError) as error:
        print(f"eks-registrar: {error}", file=sys.stderr)
        return CONFIGURATION if isinstance(error, ConfigurationError) else FAILED


class _Parser(argparse.ArgumentParser):
    """argparse exits with 2, which is what ``plan`` returns for changes."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="eks-registrar", description=__doc__)
    parser.add_argument("--config", type=Path, help="registrar.yaml (default: REGISTRAR_CONFIG, then ./registrar.yaml)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    replay = commands.add_parser("replay", help="what the function would do with these events")
    replay.add_argument("events", nargs="+", type=Path, metavar="EVENT.json")
    replay.add_argument("--apply", action="store_true", help="do it")
    replay.add_argument("--output", choices=("text", "json"), default="text")
    replay.set_defaults(run=_replay)

    why = commands.add_parser("explain", help="tag → grant → rule → group → binding → row or entry, for every cluster")
    why.add_argument("arn", metavar="ARN")
    why.set_defaults(run=_explain)

    rights = commands.add_parser("manifests", help="the registrar's own rights in a cluster, for an admin to apply")
    rights.add_argument("--cluster", required=True, help="the cluster's tag")
    rights.add_argument("--create-aws-auth", action="store_true", help="print an empty aws-auth, for a cluster without")
    rights.set_defaults(run=_manifests)

    doctor = commands.add_parser("doctor", help="what keeps the registrar from working, and what to do")
    doctor.add_argument("--cluster", help="the cluster's tag (default: all)")
    doctor.add_argument("--remote", action="store_true", help="let the function examine itself")
    doctor.add_argument("--function", metavar="NAME", help="the function, if it has not the name of the CDK app")
    doctor.add_argument("--output", choices=("text", "json"), default="text")
    doctor.set_defaults(run=_doctor)

    for command in (plan, sweep, purge, history, restore, adopt, migrate):
        command.add_to(commands).set_defaults(run=_with_policy, act=command.run)

    for name in LATER:
        later = commands.add_parser(name, help="not yet supported", add_help=False)
        later.add_argument("rest", nargs=argparse.REMAINDER)
        later.set_defaults(run=_not_yet, name=name)
    return parser


def _replay(parsed: argparse.Namespace) -> int:
    registrar = registrar_of(_policy(parsed), None, boto3.Session())
    if not parsed.apply:
        registrar = registrar.observing()
    settled = [_settle(_read_json(path), registrar) for path in parsed.events]
    outcomes = [outcome for one in settled for outcome in one.outcomes]
    results = [result for one in settled for result in one.results]
    if parsed.output == "json":
        told = [{"outcome": o.word, "error": str(o.error) if o.error else None} for o in outcomes]
        print(json.dumps({"events": told, "clusters": [report.as_dict(result) for result in results]}, indent=2))
    else:
        for one in settled:
            print("\n".join(line.message for line in report.outcome_lines(one)))
            print("\n".join(report.as_text(result) for result in one.results))
    return FAILED if any(outcome.error for outcome in outcomes) else OK


def _settle(event: object, registrar: Registrar) -> Settled:
    """Settle the content of a file: a bare event, or an SQS batch."""
    if isinstance(event, dict) and isinstance(event.get("Records"), list):
        return settle_records([SQSRecord(record) for record in event["Records"]], registrar)
    return registrar.settle([event])


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
        return CONFIGURATION
    cluster = policy.cluster(parsed.cluster)
    objects = [create_aws_auth(cluster)] if parsed.create_aws_auth else manifests(policy, cluster)
    if objects:
        print(render(objects), end="")
    else:
        why = f"cluster {cluster.tag} has kubernetes: none: no Kubernetes call is made there, so no right is needed"
        print(f"eks-registrar: nothing is to be applied: {why}", file=sys.stderr)
    return OK


def _doctor(parsed: argparse.Namespace) -> int:
    from registrar.doctor import command  # noqa: PLC0415 - no other command needs it

    return command.run(parsed, _policy(parsed))


def _with_policy(parsed: argparse.Namespace) -> int:
    act: Callable[[argparse.Namespace, Policy], int] = parsed.act
    return act(parsed, _policy(parsed))


def _not_yet(parsed: argparse.Namespace) -> int:
    print(f"eks-registrar: {parsed.name} is not yet supported", file=sys.stderr)
    return USAGE


def _policy(parsed: argparse.Namespace) -> Policy:
    return configuration.load(_configuration(parsed), caller_defaults(os.environ, boto3.Session))


def _configuration(parsed: argparse.Namespace) -> Path:
    if parsed.config is not None:
        return Path(parsed.config)
    here = Path("registrar.yaml")
    if not os.environ.get("REGISTRAR_CONFIG") and here.is_file():
        return here
    return Settings.read(os.environ).config


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read as JSON: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
