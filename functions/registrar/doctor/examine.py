"""All checks, from the outside in: trail, queue, rule, schedule, rights, then each cluster from endpoint to locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import boto3
from botocore.exceptions import ClientError

from registrar.doctor.access_entries import access_entries
from registrar.doctor.api import ApiServer
from registrar.doctor.clock import clock
from registrar.doctor.cluster_rights import as_registrar, cluster_rights
from registrar.doctor.departed import departed
from registrar.doctor.deployment import AWS_ERRORS, Aws, Deployment, deployments
from registrar.doctor.endpoint import backend_of, mode, not_looked_at, reachable
from registrar.doctor.event_way import queues, rules, sources
from registrar.doctor.finding import Finding, Level, broken, doubt
from registrar.doctor.front_door import front_door
from registrar.doctor.iam_rights import iam_rights
from registrar.doctor.in_force import applied, in_force
from registrar.doctor.kept_bodies import kept_bodies
from registrar.doctor.own_way_in import function_role
from registrar.doctor.schedule import schedules
from registrar.doctor.trail import trail
from registrar.eks.aws_errors import DENIED, code_of
from registrar.eks.cluster import describe
from registrar.eks.token import TokenSource
from registrar.eks_terms import API, CONFIG_MAP
from registrar.errors import RegistrarError
from registrar.manifests import manifests
from registrar.marks import controller_group
from registrar.policy import Cluster, Policy
from registrar.rights.scope import scope_of

Findings = Iterable[Finding]


@dataclass(frozen=True)
class Asked:
    """What is to be examined: these clusters, and the functions that serve them.

    ``function`` is another name of the function than the CDK app's.
    """

    policy: Policy
    clusters: tuple[Cluster, ...]
    function: str | None = None


def examine(asked: Asked, session: boto3.Session, aws: Aws | None = None) -> tuple[Finding, ...]:
    """Make every check. Never raises for what a check meets: that is a finding."""
    aws = aws or Aws(session)
    places = deployments(aws, asked.policy, asked.clusters, asked.function)
    return tuple(_examine(aws, places, asked.policy))


def _examine(aws: Aws, places: tuple[Deployment, ...], policy: Policy) -> Iterator[Finding]:
    first = places[0]
    account = f"account {', '.join(first.accounts)}"
    yield from _made(account, "clock", lambda: [_clock_of_aws(aws, first, account)])
    yield from _made(account, "trail", lambda: trail(first))
    for place in places:
        yield from _made(place.where, "event source", partial(sources, place))
        yield from _made(place.where, "queue", partial(queues, place))
        yield from _made(place.where, "rule", partial(rules, place))
        yield from _made(place.where, "schedule", partial(schedules, place))
        yield from _made(place.where, "IAM rights", partial(iam_rights, place))
    for place in {place.region: place for place in places}.values():
        yield from _made(f"region {place.region}", "clusters that left", partial(departed, place))
    for place in places:
        for cluster in place.clusters:
            where = f"cluster {cluster.tag}"
            yield from _made(where, "cluster", partial(_cluster, aws, policy, cluster, place))


def _clock_of_aws(aws: Aws, place: Deployment, where: str) -> Finding:
    headers = aws.identity(place.region)["ResponseMetadata"]["HTTPHeaders"]
    return clock(where, "AWS", headers.get("date"), aws.now())


def _cluster(aws: Aws, policy: Policy, cluster: Cluster, place: Deployment) -> Iterator[Finding]:
    """One cluster, as far in as one comes: what needs a way in is not checked without one, and the way in says why."""
    where = f"cluster {cluster.tag}"
    endpoint = describe(aws.client("eks", cluster.region), cluster)
    yield mode(cluster, endpoint)
    own = function_role(place)
    written = backend_of(cluster, endpoint)
    if written is not None and endpoint.authentication_mode != CONFIG_MAP:
        entries = partial(access_entries, aws, policy, written, endpoint.authentication_mode, own)
        yield from _made(where, "access entries", entries)
    if cluster.kubernetes == "none":
        yield not_looked_at(cluster)
        return
    door = reachable(cluster, endpoint)
    yield door
    if door.level is Level.FAIL:
        return
    tokens = TokenSource(aws.session, cluster.name, cluster.region)
    server = ApiServer.connect(cluster.tag, endpoint.url, endpoint.ca_pem, tokens)
    acting, way_in, answer = as_registrar(server, controller_group(policy.installation))
    yield way_in
    yield clock(where, "the API server", answer.date, aws.now())
    if acting is None:
        return
    objects = manifests(policy, cluster)
    roles = scope_of(policy, cluster).cluster_roles
    yield from _made(where, "Kubernetes rights", lambda: cluster_rights(acting, objects))
    # Read with the caller's own eyes, which may see more; tried in the registrar's name.
    yield from _made(where, "manifests", lambda: [applied(server, objects, policy.installation)])
    yield from _made(where, "admission policies", lambda: in_force(acting, policy.installation, roles))
    if endpoint.authentication_mode != API:
        needed = written is None or written.backend == "aws-auth"
        yield from _made(where, "aws-auth", lambda: front_door(acting, policy.marks, own, needed=needed))
    yield from _made(where, "history", lambda: [kept_bodies(acting, policy.installation)])


def _made(where: str, what: str, check: Callable[[], Findings]) -> Iterator[Finding]:
    """The findings of a check; what it could not look at is a finding too, never "ok"."""
    try:
        yield from check()
    except (*AWS_ERRORS, RegistrarError) as error:
        yield _not_made(where, what, error)


def _not_made(where: str, what: str, error: Exception) -> Finding:
    if isinstance(error, RegistrarError):
        return broken(where, what, str(error), "see docs/operations.md, " + type(error).__name__)
    if isinstance(error, ClientError) and code_of(error) in DENIED:
        detail = f"could not be checked: {error}"
        return doubt(where, what, detail, f"ask as an identity that may call {error.operation_name}")
    return doubt(where, what, f"could not be checked: {error}", "mend that, or look by hand")
