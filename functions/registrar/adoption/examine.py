"""One foreign row or entry: can it be adopted, by which tags and rule, and with which rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from registrar.adoption.doors import Doors
from registrar.adoption.grants import Said, said_by_grants
from registrar.adoption.measure import measured
from registrar.adoption.model import Candidate, Standing
from registrar.adoption.obstacles import in_iam, in_rbac, known_role
from registrar.adoption.proposal import proposal_for
from registrar.adoption.rbac import Rbac
from registrar.adoption.survey import ROWS_ARE_MIGRATED, Found
from registrar.desired import desired
from registrar.grants import Grant, united_policies
from registrar.marks import binding_of, group_of
from registrar.model import BindingState, Gone, RbacView, Role, Row, Verdict
from registrar.policy import Cluster
from registrar.rows import access_of


def examine(
    doors: Doors, found: Found, standing: Standing, rbac: Rbac | None, *, keep_groups: bool, measure: bool = True
) -> Candidate:
    """Find out everything about one of them; IAM and the cluster's rights are read now.

    ``rbac`` is ``None`` in a cluster with ``kubernetes: none``. Raises what reading IAM and ``Kubernetes.request``
    raise.
    """
    if doors.by_entries and not standing.entry:
        return Candidate(standing, None, (ROWS_ARE_MIGRATED.format(cluster=doors.cluster.tag),))
    ref = known_role(standing, doors.policy, doors.cluster)
    if isinstance(ref, str):
        return Candidate(standing, None, (ref,))
    role = doors.roles.read(ref)
    if isinstance(role, Gone):
        return Candidate(standing, None, ("IAM knows no such role any more: remove it",))
    said = said_by_grants(standing, rbac, doors.policy, doors.cluster, keep_groups)
    obstacles = (
        *found.others(standing, role, doors.cluster.tag),
        *in_iam(standing, role, doors.policy, doors.cluster),
        *(in_rbac(standing, rbac) if rbac is not None else ()),
        *said.cannot,
    )
    if obstacles:
        return Candidate(standing, role, obstacles)
    candidate = _adoptable(doors, standing, role, said)
    if candidate.after is None:
        return replace(candidate, obstacles=("nothing would be in effect: " + "; ".join(candidate.refused),))
    return _with_rights(doors, candidate, candidate.after, role, rbac, said) if measure else candidate


def _adoptable(doors: Doors, standing: Standing, role: Role, said: Said) -> Candidate:
    proposal = proposal_for(said.grants, role, doors.policy, doors.cluster)
    notes = tuple(_notes(standing, doors.cluster))
    wanted = desired([role], doors.policy, doors.cluster)[0]
    allowed = [d.asked.grant for d in wanted.decisions if d.verdict is Verdict.ALLOWED and d.asked.grant is not None]
    refused = tuple(f"{d.asked.text}: {d.reason}" for d in wanted.decisions if d.verdict is not Verdict.ALLOWED)
    if not allowed:
        return _given(doors, Candidate(standing, role, (), proposal, notes=notes, refused=refused), said.grants)
    return _given(doors, Candidate(standing, role, (), proposal, True, notes=notes, refused=refused), allowed)


def _notes(standing: Standing, cluster: Cluster) -> list[str]:
    notes = [f"the username changes from {standing.username or 'none'}: audit logs and admission policies will see it"]
    if standing.doubles:
        notes.append(f"{standing.doubles} more rows for it stand before this one and count for nothing: they go, too")
    if not cluster.enforced:
        notes.append(
            f"cluster {cluster.tag} is in mode observe: what is adopted there stays as it is, whatever its tags"
        )
    return notes


def _given(doors: Doors, candidate: Candidate, grants: Sequence[Grant]) -> Candidate:
    """With the row or entry that the registrar writes for these grants, as the cluster is now."""
    groups = [group for grant in grants if (group := group_of(grant, doors.marks.installation)) is not None]
    view = doors.bindings.read(groups) if doors.bindings is not None else RbacView()
    waiting = {group: f"waits, there is no {what}" for group, what in view.missing.items()}
    foreign = {
        group: "a binding of that name is there that is not ours"
        for group, (state, _) in view.found.items()
        if state is BindingState.FOREIGN
    }
    stopped = waiting | foreign
    effective = tuple(group for group in groups if group not in stopped)
    coming = [binding_of(g, doors.marks) for g in sorted(set(effective)) if _is_missing(view, g)]
    return replace(
        candidate,
        after=_after(doors, candidate.role, effective, grants),
        refused=(*candidate.refused, *(f"{group}: {why}" for group, why in sorted(stopped.items()))),
        coming=tuple(binding for binding in coming if binding is not None),
    )


def _is_missing(view: RbacView, group: str) -> bool:
    return view.found.get(group, (BindingState.RIGHT, None))[0] is not BindingState.RIGHT


def _after(doors: Doors, role: Role | None, groups: tuple[str, ...], grants: Sequence[Grant]) -> Row | None:
    policies = united_policies(grants)
    return access_of(role, groups, policies, doors.marks.installation, entry=doors.by_entries) if role else None


def _with_rights(
    doors: Doors, candidate: Candidate, after: Row, role: Role, rbac: Rbac | None, said: Said
) -> Candidate:
    losses = said.losses if doors.kubernetes is not None else ()
    comparison = measured(doors, candidate.standing, after, role, rbac or Rbac(), candidate.coming, losses)
    return replace(candidate, comparison=comparison)
