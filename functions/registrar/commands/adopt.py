"""``eks-registrar adopt``: rows and access entries made by hand come under the tags, with rights that were measured."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from registrar.adoption.carry_out import Adopted, adopt
from registrar.adoption.doors import Doors, doors
from registrar.adoption.examine import examine
from registrar.adoption.model import Verdict
from registrar.adoption.proxy import proxied
from registrar.adoption.reviews import read_rbac
from registrar.adoption.survey import look, same
from registrar.adoption.terms import NotAccepted, Terms
from registrar.commands.adopt_shown import Report, as_dict, as_text
from registrar.commands.asking import chosen
from registrar.commands.exit_codes import BRAKED, CHANGES, FAILED, OK
from registrar.commands.progress import say
from registrar.eks.cluster import describe, resolved
from registrar.errors import DeniedByRbac, EntryDenied, RegistrarError, SourceDenied
from registrar.kubectl import Kubectl
from registrar.marks import owner_of_arn
from registrar.policy import Cluster, Policy
from registrar.wiring import client

_ACCEPTED = {"wider": Verdict.WIDER, "narrower": Verdict.NARROWER}


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser("adopt", help="hand-made rows and entries under the tags")
    parser.add_argument("arns", nargs="*", metavar="ARN", help="of the roles (default: all that stand by hand)")
    parser.add_argument("--cluster", required=True, metavar="TAG", help="the cluster's tag")
    parser.add_argument("--apply", action="store_true", help="do it, for the roles whose tags stand")
    parser.add_argument("--accept", action="append", choices=sorted(_ACCEPTED), default=[], help="rights not equal")
    parser.add_argument("--keep-groups", action="store_true", help="propose group=NAME for every group")
    parser.add_argument("--keep-in", type=Path, default=Path(), metavar="DIR", help="where the old rows are kept")
    parser.add_argument("--context", help="a context of your kubeconfig (default: the current one)")
    parser.add_argument("--kubectl", default="kubectl", metavar="PATH", help="your kubectl, if it is not on the PATH")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Show what could be adopted, or adopt it.

    Returns 0 if nothing is left to adopt, 2 if something could be, 1 if something that was asked for was not done, 3 if
    rights would not be equal and that was not accepted. Raises what reading the cluster raises.
    """
    try:
        with _opened(parsed, policy) as there:
            report = _found(parsed, there)
            if parsed.apply:
                report = _applied(parsed, there, report)
    except RegistrarError as error:
        raise _as_the_callers(error) from error
    print(json.dumps(as_dict(report), indent=2) if parsed.output == "json" else as_text(report))
    return _status(report)


@contextmanager
def _opened(parsed: argparse.Namespace, policy: Policy) -> Iterator[Doors]:
    """The cluster, by the caller's kubeconfig and AWS credentials."""
    cluster, session = chosen(policy, [parsed.cluster])[0], boto3.Session()
    say(f"reading cluster {cluster.tag}")
    endpoint = describe(client(session, "eks", cluster.region), cluster)
    cluster = resolved(cluster, endpoint.authentication_mode)
    if cluster.kubernetes == "none":
        yield doors(policy, cluster, endpoint.authentication_mode, session, None)
        return
    kubectl = Kubectl(parsed.kubectl, parsed.context)
    _require_cluster(kubectl, cluster, endpoint.url)
    with proxied(kubectl, cluster.tag) as kubernetes:
        yield doors(policy, cluster, endpoint.authentication_mode, session, kubernetes)


def _require_cluster(kubectl: Kubectl, cluster: Cluster, url: str) -> None:
    """Raise ``RegistrarError`` where a context that nobody has named leads elsewhere."""
    where = kubectl.where()
    if kubectl.context is None and url not in where:
        raise RegistrarError(
            f"{where} is not cluster {cluster.tag}, which EKS says is at {url}; nothing was looked at. Choose another "
            "--context (by its name also one that goes through a tunnel)"
        )


def _found(parsed: argparse.Namespace, there: Doors) -> Report:
    found = look(there, parsed.arns)
    rbac = read_rbac(there.kubernetes) if there.kubernetes is not None and found.standing else None
    candidates = []
    for standing in found.standing:
        say(f"looking at {standing.arn}" if parsed.apply else f"comparing rights of {standing.arn}")
        candidates.append(
            examine(there, found, standing, rbac, keep_groups=parsed.keep_groups, measure=not parsed.apply)
        )
    present = [arn for arn in parsed.arns if any(same(one.arn, arn) for one in found.standing)]
    ours = [arn for arn in parsed.arns if arn not in present and owner_of_arn(arn) in found.ours]
    absent = [arn for arn in parsed.arns if arn not in (*present, *ours)]
    return Report(there.cluster.tag, tuple(candidates), tuple(ours), tuple(absent), named=bool(parsed.arns))


def _applied(parsed: argparse.Namespace, there: Doors, report: Report) -> Report:
    """Adopt what was named; of all that stands by hand only what is ready."""
    accepted = frozenset(_ACCEPTED[word] for word in parsed.accept)
    terms = Terms(accepted, parsed.keep_in, lambda: datetime.now(UTC), parsed.keep_groups)
    adopted: list[Adopted] = []
    errors: list[tuple[str, RegistrarError]] = []
    for candidate in report.candidates:
        if not report.named and (candidate.obstacles or not candidate.ready):
            continue
        say(f"adopting {candidate.standing.arn}")
        try:
            done = adopt(there, candidate.standing, terms)
        except RegistrarError as error:
            errors.append((candidate.standing.arn, _as_the_callers(error)))
            continue
        adopted += [done] if done is not None else []
    return replace(report, adopted=tuple(adopted), errors=tuple(errors), applied=True)


def _as_the_callers(error: RegistrarError) -> RegistrarError:
    """A denial told of the identity that was denied: here it is never the registrar's."""
    if isinstance(error, DeniedByRbac):
        return RegistrarError(f"your own kubeconfig lacks a right (not the registrar): {error}")
    if isinstance(error, SourceDenied | EntryDenied):
        return RegistrarError(f"your own AWS credentials lack a right (not the registrar): {error}")
    return error


def _status(report: Report) -> int:
    if report.absent or any(not isinstance(error, NotAccepted) for _, error in report.errors):
        return FAILED
    if report.errors:
        return BRAKED
    if any(one.later for one in report.adopted):
        return FAILED
    done = {one.candidate.standing.arn for one in report.adopted}
    left = [one for one in report.candidates if not one.obstacles and one.standing.arn not in done]
    refused = [one for one in report.candidates if one.obstacles and report.named]
    return CHANGES if left else FAILED if refused else OK
