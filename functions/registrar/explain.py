"""Why a role has, or has not, what it has: tag → grant → rule → group → binding → row or entry, for every cluster.

It looks with the same code that writes, and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from registrar.errors import RegistrarError
from registrar.marks import Marks, binding_of, owner_of_arn, owner_of_row
from registrar.model import Binding, BindingState, Decision, Gone, PrincipalKind, PrincipalRef, RbacView, Role, Verdict
from registrar.policy import Cluster, Policy
from registrar.sinks.place import Reading
from registrar.situation import ClusterAccess, Opener, look
from registrar.sources.iam import Principals

_SESSION_ARN = re.compile(
    r"arn:[a-z-]+:sts::(?P<account>[0-9]{12}):assumed-role/(?P<name>[\w+=,.@-]{1,64})(/.*)?", re.ASCII
)


def ref_of_arn(arn: str) -> PrincipalRef | None:
    """The role of a role's ARN, or of an assumed-role session's; ``None`` for anything else."""
    session = _SESSION_ARN.fullmatch(arn)
    return PrincipalRef(session["account"], PrincipalKind.ROLE, session["name"]) if session else owner_of_arn(arn)


def explain(
    ref: PrincipalRef, policy: Policy, clusters: tuple[Cluster, ...], open_cluster: Opener, principals: Principals
) -> Iterator[str]:
    """Lines for a terminal. Raises a ``Retry`` error if IAM cannot be read; a cluster that cannot is told as such."""
    principal = principals.read(ref)
    if isinstance(principal, Gone):
        yield f"{ref}: IAM knows no such role"
    else:
        yield principal.arn
        ours = [(k, v) for k, v in principal.tags if k.lower().startswith(policy.tag_prefix.lower())]
        yield from (f"  tag {key} = {value}" for key, value in ours)
        if not ours:
            yield f"  no tag begins with {policy.tag_prefix}"
    for cluster in clusters:
        yield ""
        yield f"cluster {cluster.tag} ({cluster.mode})"
        try:
            access = open_cluster(cluster)
            yield from (f"  {line}" for line in _in_cluster(principal, policy, access))
        except RegistrarError as error:
            yield f"  not readable: {error}"


def _in_cluster(principal: Role | Gone, policy: Policy, access: ClusterAccess) -> Iterator[str]:
    current = access.rows.read()
    situation = look([principal], policy, access, current)
    plan = situation.plan()
    for note in situation.wanted[0].notes:
        yield f"! {note}"
    decisions = plan.decisions[principal.ref]
    if not decisions:
        yield "no grant is asked for, and no rule gives one"
    for decision in decisions:
        yield from _grant_lines(decision, situation.view, policy.marks)
    yield from _row_lines(principal.ref, situation.current, policy.marks)
    if situation.trouble is not None:
        yield f"! {situation.trouble}"
    yield from (f"conflict: {claim}" for claim in situation.conflicts.values())
    if not plan.empty and access.cluster.enforced:
        yield "not settled yet: the next event of this role, or the sweep, will change this"
    elif not plan.empty:
        yield "not settled: the cluster is in mode observe, nothing is written there, not even a revocation"


def _grant_lines(decision: Decision, view: RbacView, marks: Marks) -> Iterator[str]:
    asked = decision.asked
    source = asked.source if asked.source.startswith("rule ") else f"tag {asked.source}"
    yield f"{asked.text if asked.text.isascii() else ascii(asked.text)}"
    yield f"  from     {source}"
    yield f"  verdict  {decision.verdict.value}: {decision.reason}"
    if decision.group is None or decision.verdict is Verdict.REFUSED:
        return
    yield f"  group    {decision.group}"
    binding = binding_of(decision.group, marks)
    if binding is not None:
        state, _ = view.found.get(binding.group, (BindingState.ABSENT, None))
        yield f"  binding  {_binding_name(binding)} → ClusterRole {binding.role}: {_STATES[state]}"


_STATES = {
    BindingState.RIGHT: "there",
    BindingState.WRONG: "there, with a wrong subject",
    BindingState.ABSENT: "not there yet",
    BindingState.FOREIGN: "there, but not ours",
}


def _binding_name(binding: Binding) -> str:
    if binding.namespace is None:
        return f"ClusterRoleBinding {binding.name}"
    return f"RoleBinding {binding.name} in namespace {binding.namespace}"


def _row_lines(ref: PrincipalRef, current: Reading, marks: Marks) -> Iterator[str]:
    held = current.held
    rows = [row for row in held.ours if owner_of_row(row, marks) == ref]
    if not rows:
        yield f"{'EKS has no access entry' if held.entries else 'aws-auth has no row'} of ours for this role"
    for row in rows:
        yield f"{'entry   ' if row.entry else 'row     '} {row.arn} → {', '.join(row.rights)}"
        if row.entry and not row.role_id:
            yield "         EKS does not honour it any more: the role was made again since"
        if held.entries and not row.entry:
            yield "         left in aws-auth: it goes when the access entry has stood for two minutes"
        if row.entry and not held.entries:
            yield "         it wins over a row; access is written as rows here, so it goes"
