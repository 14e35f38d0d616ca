"""The access entries of a cluster: how near to what EKS allows, which are dead, and is the registrar's own there?"""

from __future__ import annotations

from collections.abc import Iterator

from registrar.doctor.deployment import Aws
from registrar.doctor.finding import Finding, broken, doubt, well
from registrar.doctor.own_way_in import in_doubt, strangers
from registrar.eks.access_entries import EntriesApi
from registrar.eks.many_entries import describe_all
from registrar.eks_terms import BOTH, STANDARD
from registrar.held import MOST_ENTRIES
from registrar.marks import MANAGED_BY, SESSION, controller_group
from registrar.model import PrincipalRef, Role
from registrar.policy import Cluster, Policy
from registrar.sinks.access_entries import EntriesRead
from registrar.sinks.way_in import entries_with_the_group
from registrar.sources.iam import IamRoles, PartOfAccount

_WARNED = 0.8
_NAMED = 5


def access_entries(
    aws: Aws, policy: Policy, cluster: Cluster, mode: str, own: PrincipalRef | None
) -> Iterator[Finding]:
    """What EKS lists, each entry described by itself: one call for every hundred, and one for each.

    ``cluster`` has the backend that its authentication ``mode`` comes to, ``own`` is the function's role if that is
    known. Raises as ``EntriesApi`` and ``IamRoles``.
    """
    api = EntriesApi(aws.client("eks", cluster.region, paced=True), cluster)
    entries = {entry.arn.lower(): entry for entry in describe_all(api, api.arns())}
    read = EntriesRead(entries, policy.marks, aws.now(), True)
    yield _left(cluster, read) if cluster.backend == "aws-auth" else _count(cluster, read)
    if cluster.kubernetes != "none":
        yield _own(cluster, read, mode, controller_group(policy.installation))
    others = strangers(entries_with_the_group(read.entries.values(), policy.marks), own)
    if others:
        yield in_doubt(f"cluster {cluster.tag}", "entries with the registrar's group", others, "an entry", own)
    roles = IamRoles(aws.client("iam", cluster.region)).read_account(cluster.account)
    if isinstance(roles, PartOfAccount):
        raise roles.error
    yield _dead(cluster, read, tuple(roles.roles.values()))


def _count(cluster: Cluster, read: EntriesRead) -> Finding:
    where, what = f"cluster {cluster.tag}", "access entries"
    count, ours = len(read.entries), sum(map(read.is_ours, read.entries.values()))
    detail = f"{count:,} of the {MOST_ENTRIES:,} that EKS allows, {ours:,} of them ours"
    remedy = "delete those that nobody needs (aws eks list-access-entries), or ask AWS for a higher quota"
    if count > MOST_ENTRIES:
        more = f"{count:,}, {ours:,} of them ours: above {MOST_ENTRIES:,}, and how many EKS allows here is not known"
        return doubt(where, what, more, f"look at the quota (Service Quotas, Amazon EKS); {remedy}")
    if count == MOST_ENTRIES:
        full = f"{detail} if AWS was asked for no more: nothing is granted to anybody new then"
        return broken(where, what, full, f"{remedy}; removals go on")
    if count >= _WARNED * MOST_ENTRIES:
        return doubt(where, what, detail, remedy)
    return well(where, what, detail)


def _left(cluster: Cluster, read: EntriesRead) -> Finding:
    """Where rows are written: an entry of ours is one that was left, and wins over its row until it goes."""
    where, what = f"cluster {cluster.tag}", "access entries"
    ours = sorted(entry.arn for entry in read.entries.values() if read.is_ours(entry))
    if not ours:
        return well(where, what, f"{len(read.entries):,}, none of them ours")
    more = f" (and {len(ours) - _NAMED} more)" if len(ours) > _NAMED else ""
    detail = f"{len(ours):,} of {len(read.entries):,} are ours, and win over rows: {', '.join(ours[:_NAMED])}{more}"
    if not cluster.enforced:
        return doubt(where, what, detail, "the cluster is in mode observe: once it says enforce, sweeps remove them")
    remedy = f"two sweeps remove them; if they stay: eks-registrar sweep --cluster {cluster.tag} says why"
    return doubt(where, what, detail, remedy)


def _own(cluster: Cluster, read: EntriesRead, mode: str, group: str) -> Finding:
    where, what = f"cluster {cluster.tag}", "own access entry"
    own = [entry for entry in read.entries.values() if group in entry.groups]
    if own:
        return well(where, what, f"{', '.join(entry.arn for entry in own)} has the group {group}")
    detail = f"no access entry has the group {group}"
    if mode == BOTH:
        return well(where, what, f"{detail}: the registrar comes in by its row in aws-auth, if at all")
    remedy = (
        f"with the ARN of the function's role: aws eks create-access-entry --cluster-name {cluster.name} --region "
        f"{cluster.region} --principal-arn ARN --type {STANDARD} --username '{group}:{SESSION}' --kubernetes-groups "
        f"{group} --tags {MANAGED_BY}={group}; or say registrarAccess: accessEntry in registrar.yaml and deploy"
    )
    return broken(where, what, f"{detail}: the registrar cannot get in", remedy)


def _dead(cluster: Cluster, read: EntriesRead, roles: tuple[Role, ...]) -> Finding:
    where, what = f"cluster {cluster.tag}", "dead access entries"
    dead = read.dead(roles)
    if not dead:
        return well(where, what, f"none of others, by the roles of account {cluster.account}")
    more = f" (and {len(dead) - _NAMED} more)" if len(dead) > _NAMED else ""
    remedy = (
        "whoever made such an entry deletes it, and makes it again if the role is there: aws eks delete-access-entry "
        f"--cluster-name {cluster.name} --region {cluster.region} --principal-arn ARN"
    )
    return doubt(where, what, f"{len(dead)} of others: {'; '.join(dead[:_NAMED])}{more}", remedy)
