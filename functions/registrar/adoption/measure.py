"""The rights before and after an adoption, asked of the cluster itself."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.adoption.compare import compared, compared_by_name
from registrar.adoption.doors import Doors
from registrar.adoption.model import Comparison, Standing
from registrar.adoption.probes import probes_for, would_allow
from registrar.adoption.rbac import Rbac, SeenBinding, rendered
from registrar.adoption.reviews import Subject, ask
from registrar.model import Binding, Role, Row


def measured(
    doors: Doors,
    standing: Standing,
    after: Row,
    role: Role,
    rbac: Rbac,
    coming: Sequence[Binding],
    losses: Sequence[str],
) -> Comparison:
    """Compare what stands with the row or entry that would take its place.

    ``coming`` are the bindings that the cluster does not have yet: what they will give is a forecast, by the rules of
    their ClusterRole. ``rbac`` is the cluster's. Raises what ``Kubernetes.request`` raises.
    """
    policies = (standing.policies, after.policies)
    if doors.kubernetes is None:
        return compared_by_name((standing.groups, standing.policies), (after.groups, after.policies))
    extra = _extra(role) if standing.entry else ()
    old = Subject(rendered(standing.username), standing.groups, extra)
    new = Subject(rendered(after.username), after.groups, extra)
    yet_to_come = tuple(SeenBinding(one.name, one.namespace, one.role) for one in coming)
    involved = {*rbac.of_groups({*standing.groups, *after.groups}), *rbac.of_user(standing.username)}
    probes = probes_for([*involved, *rbac.of_user(after.username), *yet_to_come], rbac)
    before = ask(doors.kubernetes, old, probes)
    found = ask(doors.kubernetes, new, probes)
    found |= {probe: True for probe in probes if not found[probe] and would_allow(yet_to_come, rbac, probe)}
    return compared(before, found, policies, losses, forecast=bool(yet_to_come))


def _extra(role: Role) -> tuple[tuple[str, str], ...]:
    """What aws-iam-authenticator adds to a session of a role (``pkg/server/server.go``): EKS's policies go by it."""
    return (("canonicalArn", role.arn_without_path), ("principalId", role.role_id))
