"""``eks-registrar migrate``: from aws-auth to access entries, under the caller's own kubeconfig and AWS identity."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from registrar.commands.asking import chosen
from registrar.commands.exit_codes import BRAKED, CHANGES, FAILED, OK, USAGE
from registrar.commands.kept_bodies import kubectl_of
from registrar.commands.migrate_told import Outcome, as_json, as_text
from registrar.commands.progress import say
from registrar.eks.access_entries import EntriesApi
from registrar.eks.aws_errors import told_as_ours
from registrar.eks.cluster import describe
from registrar.eks_terms import SETTLED_AFTER
from registrar.errors import RegistrarError
from registrar.migration.kubectl_door import KubectlDoor
from registrar.migration.look import Scene
from registrar.migration.model import Request, without_path
from registrar.migration.plan import Migration
from registrar.migration.principals import IamPrincipals
from registrar.migration.run import Run
from registrar.migration.way_back import WayBack
from registrar.policy import Cluster, Policy
from registrar.wiring import client


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser("migrate", help="from aws-auth to access entries")
    parser.add_argument("arns", nargs="*", metavar="ARN", help="move these rows that are not ours")
    parser.add_argument("--cluster", required=True, metavar="TAG")
    parser.add_argument("--foreign", action="store_true", help="move every row that is not ours and can be moved")
    parser.add_argument(
        "--cluster-admin-policy",
        action="store_true",
        help="give AmazonEKSClusterAdminPolicy to rows of system:masters, a group that access entries cannot have",
    )
    parser.add_argument("--apply", action="store_true", help="do it")
    parser.add_argument(
        "--remove-rows", action="store_true", help="take the rows of what has moved out of aws-auth, two minutes later"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for the way back (default: migrate-TAG)")
    parser.add_argument("--context", help="a context of your kubeconfig (default: the current one)")
    parser.add_argument("--kubectl", default="kubectl", metavar="PATH", help="your kubectl, if it is not on the PATH")
    parser.add_argument(
        "--trust-context", action="store_true", help="the context leads to this cluster, by another address than EKS's"
    )
    parser.add_argument(
        "--settle", type=_seconds, default=SETTLED_AFTER.total_seconds(), metavar="SECONDS",
        help="how long entries and policies stand before a bridge or a row goes (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--output", choices=("table", "json"), default="table")
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Show what would move, or move it.

    Returns 0 if there is nothing (more) to do, 2 if ``--apply`` would change something, 3 if the mode has no access
    entries and ``--apply`` was refused, 1 if something failed, 64 for an ARN that neither a row nor an entry is for.
    Raises ``ConfigurationError`` for a cluster that is not configured, and what concerns the cluster as a whole.
    """
    cluster = chosen(policy, [parsed.cluster])[0]
    scene, request = _scene(parsed, policy, cluster), _request(parsed)
    plan = scene.look(request).plan
    rows = {without_path(item.row.arn) for item in plan.items}
    unknown = [arn for arn in parsed.arns if without_path(arn) not in rows and not scene.has_entry(arn)]
    if unknown:
        print(f"eks-registrar: neither a row nor an entry is for {', '.join(unknown)}", file=sys.stderr)
        return USAGE
    way_back = WayBack(parsed.keep or Path(f"migrate-{cluster.tag}"), cluster, parsed.context)
    if not parsed.apply or not plan.writable:
        _show(Outcome(plan, scene.door.kubectl.where(), refused=parsed.apply), parsed.output)
        return BRAKED if parsed.apply else _status(plan)
    outcome = _applied(scene, request, way_back, parsed.settle)
    _show(outcome, parsed.output)
    return FAILED if outcome.errors else _status(outcome.plan)


def _applied(scene: Scene, request: Request, way_back: WayBack, settle: float) -> Outcome:
    acting = Run(scene, request, way_back, settle, lambda: datetime.now(UTC), time.sleep)
    view = acting.apply()
    where, kept = scene.door.kubectl.where(), str(way_back.folder) if acting.done else None
    return Outcome(view.plan, where, tuple(acting.done), tuple(acting.errors), kept, applied=True)


def _scene(parsed: argparse.Namespace, policy: Policy, cluster: Cluster) -> Scene:
    session = boto3.Session()
    account = _account(session, cluster)
    eks = client(session, "eks", cluster.region)
    endpoint, door = describe(eks, cluster), KubectlDoor(kubectl_of(parsed))
    if not parsed.trust_context:
        door.require(cluster.tag, endpoint.url)
    principals = IamPrincipals(client(session, "iam", None), account)
    mode = endpoint.authentication_mode
    return Scene(cluster, policy.marks, mode, door, EntriesApi(eks, cluster), principals, say)


def _account(session: boto3.Session, cluster: Cluster) -> str:
    """The account of the caller's credentials. Raises ``RegistrarError`` if it is not the cluster's."""
    with told_as_ours("sts:GetCallerIdentity; nothing was read or written"):
        account = str(client(session, "sts", cluster.region).get_caller_identity()["Account"])
    if account != cluster.account:
        raise RegistrarError(
            f"your AWS credentials are of account {account}, and cluster {cluster.tag} is in {cluster.account}. Use "
            "credentials of that account; nothing was read or written"
        )
    return account


def _request(parsed: argparse.Namespace) -> Request:
    arns = frozenset(without_path(arn) for arn in parsed.arns)
    return Request(parsed.foreign, arns, parsed.cluster_admin_policy, parsed.remove_rows)


def _status(plan: Migration) -> int:
    return OK if plan.empty else CHANGES


def _show(outcome: Outcome, output: str) -> None:
    print(json.dumps({"clusters": [as_json(outcome)]}, indent=2) if output == "json" else as_text(outcome))


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("seconds from 0 to 3600")
    return seconds
