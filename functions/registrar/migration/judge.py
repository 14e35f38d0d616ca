"""What becomes of one row that counts, by what IAM and EKS say of its principal. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from registrar.eks_terms import STANDARD
from registrar.marks import Marks, controller_group, is_our_row
from registrar.migration import advice
from registrar.migration.arns import Nameless, named
from registrar.migration.model import (
    BRIDGE,
    Absent,
    AuthRow,
    Facts,
    Found,
    Item,
    Request,
    Standing,
    State,
    Unread,
    Wanted,
    without_path,
)
from registrar.migration.rendering import NeedsPolicy, NoEntry, entry_of
from registrar.model import SERVICE_LINKED_PATH, SSO_PATH
from registrar.policy import Cluster

_PRIVATE_DNS = "{{EC2PrivateDNSName}}"
_FARGATE = "system:node:{{SessionName}}"
_WINDOWS = "eks:kube-proxy-windows"


@dataclass(frozen=True)
class Bench:
    """What is the same for all rows of a cluster. ``doubtful`` are ARNs of which no one row is sure to count."""

    cluster: Cluster
    marks: Marks
    request: Request
    doubtful: frozenset[str] = frozenset()

    def judge(self, row: AuthRow, facts: Facts) -> Item:
        """What becomes of the row."""
        judged = self._by_form(row, facts) or self._by_principal(row, facts)
        return replace(judged, chosen=self.request.names(row), standing=facts.standing)

    def _by_form(self, row: AuthRow, facts: Facts) -> Item | None:
        """What the row itself decides."""
        if row.mapping.sso is not None:
            return self._permission_set(row, facts)
        form = named(row.arn)
        if isinstance(form, Nameless):
            return Item(row, form.state, form.why)
        if row.arn.lower() in self.doubtful:
            return Item(
                row, State.CANNOT, "rows of mapUsers differ in the case of this ARN alone, and any of them may be taken"
            )
        return None

    def _by_principal(self, row: AuthRow, facts: Facts) -> Item:
        principal = facts.principal
        if isinstance(principal, Absent):
            return Item(row, State.NOBODY, "IAM knows no such principal, so it lets nobody in; take it out by hand")
        if isinstance(principal, Found) and without_path(principal.arn) != without_path(row.arn):
            return Item(
                row, State.NOBODY, f"IAM has it as {principal.arn}, so the row lets nobody in; take it out by hand"
            )
        if is_node(row):
            return self._node(row, facts)
        if isinstance(principal, Unread):
            return Item(row, State.CANNOT, principal.why, commands=(advice.create_entry(self.cluster, row.arn),))
        if is_our_row(row.mapping.username, row.mapping.groups, self.marks):
            return self._ours(row, principal, facts.standing)
        return self._foreign(row, principal, facts.standing)

    def _permission_set(self, row: AuthRow, facts: Facts) -> Item:
        today = ", ".join(arn.rpartition("/")[2] for arn in facts.candidates) or "no role of it in your account"
        return Item(
            row,
            State.CANNOT,
            f"an entry is for one role, and this is for every role of a permission set (today: {today}). Best give it "
            "grants by a rule of registrar.yaml with permissionSets; a role's own entry is dead when Identity Center "
            "makes the role anew, under another suffix",
            commands=tuple(advice.create_entry(self.cluster, arn) for arn in facts.candidates),
        )

    def _node(self, row: AuthRow, facts: Facts) -> Item:
        standing, kind = facts.standing, _node_type(row)
        if standing is not None and standing.kind != STANDARD:
            dead = isinstance(facts.principal, Found) and is_dead(facts.principal, standing)
            if not dead:
                return Item(row, State.DONE, f"its nodes have an entry of type {standing.kind}", entry_stands=True)
        arn = facts.principal.arn if isinstance(facts.principal, Found) else row.arn
        return Item(
            row,
            State.NODE,
            f"NODES without an entry of type {kind}. EKS makes it by itself for managed node groups and Fargate "
            "profiles, once the mode has access entries: wait for it, or make it by hand for your own nodes",
            commands=(advice.create_entry(self.cluster, arn, kind),),
        )

    def _ours(self, row: AuthRow, principal: Found, standing: Standing | None) -> Item:
        if self.cluster.backend == "aws-auth":
            # An entry of ours beside it goes: it does not count as one that stands.
            why = "say backend: auto for this cluster in registrar.yaml and deploy; then the registrar moves it"
        elif standing is not None and not is_dead(principal, standing):
            return Item(row, State.OURS, "the registrar's own; its entry stands, and its row goes by itself", True)
        elif not self.cluster.enforced:
            why = "the cluster is in mode observe: once it says enforce, the registrar's sweep moves it"
        else:
            why = "the registrar's sweep makes its entry and takes out its row, once the mode has access entries"
        return Item(row, State.OURS, f"the registrar's own: {why}", commands=("eks-registrar sweep",))

    def _foreign(self, row: AuthRow, principal: Found, standing: Standing | None) -> Item:
        if f":role{SERVICE_LINKED_PATH}" in principal.arn:
            return Item(row, State.CANNOT, "EKS makes no entry for a service-linked role")
        return self._new(row, principal) if standing is None else self._present(row, principal, standing)

    def _present(self, row: AuthRow, principal: Found, standing: Standing) -> Item:
        """A row whose principal has an entry by now: a policy that stands there for a group was asked for once."""
        if is_dead(principal, standing):
            return self._dead(row, principal)
        try:
            wanted = entry_of(row.mapping, principal, cluster_admin_policy=True)
        except NoEntry:
            return self._different(row, principal, standing)
        if BRIDGE in standing.groups and _is_half_made(standing, wanted):
            return Item(row, State.FINISH, "a run that broke off has begun to move it", True, wanted)
        if _gives(standing) == (STANDARD, wanted.username, wanted.groups, wanted.policies):
            return Item(row, State.DONE, "its entry gives the same", True, wanted)
        return self._different(row, principal, standing)

    def _new(self, row: AuthRow, principal: Found) -> Item:
        try:
            wanted = entry_of(row.mapping, principal, self.request.cluster_admin_policy)
        except NoEntry as why:
            return Item(row, State.ON_REQUEST if isinstance(why, NeedsPolicy) else State.CANNOT, str(why))
        if controller_group(self.marks.installation) in wanted.groups and self.cluster.registrar_access != "manual":
            return Item(
                row,
                State.CANNOT,
                "the registrar's own way in: registrarAccess: accessEntry lets its stack make the entry; deploy it",
            )
        reason = "an entry of the same username and groups"
        if wanted.policies:
            reason = f"an entry of the same username, with {wanted.policies[0].name} in the place of system:masters"
        if SSO_PATH in wanted.arn:
            reason += "; dead when Identity Center makes the role anew: a rule with permissionSets outlasts that"
        if self.request.names(row):
            return Item(row, State.MOVE, reason, wanted=wanted)
        return Item(row, State.ON_REQUEST, f"{reason}, by --foreign or by naming it", wanted=wanted)

    def _dead(self, row: AuthRow, principal: Found) -> Item:
        return Item(
            row,
            State.DEAD,
            "its entry is DEAD: the principal was made anew since, and EKS honours it no more. Whose entry it is must "
            "delete it; then this can be moved",
            commands=(advice.delete_entry(self.cluster, principal.arn),),
        )

    def _different(self, row: AuthRow, principal: Found, standing: Standing) -> Item:
        rights = ", ".join((*standing.groups, *(grant.text for grant in standing.policies))) or "no rights"
        return Item(
            row,
            State.DIFFERENT,
            f"its entry differs, and wins over the row: {standing.kind} {standing.username} with {rights}. It stays",
            entry_stands=True,
            commands=(advice.describe_entry(self.cluster, principal.arn),),
        )


def is_node(row: AuthRow) -> bool:
    """Whether machines get in by it."""
    return row.mapping.is_for_nodes or _PRIVATE_DNS in row.mapping.username


def is_dead(principal: Found, standing: Standing) -> bool:
    """Whether an entry is that of a principal of before: EKS binds it to the principal's id, and lists it on."""
    return principal.created > standing.created


def _node_type(row: AuthRow) -> str:
    if _WINDOWS in row.mapping.groups:
        return "EC2_WINDOWS"
    return "FARGATE_LINUX" if row.mapping.username == _FARGATE else "EC2_LINUX"


def _gives(standing: Standing) -> tuple[object, ...]:
    return standing.kind, standing.username, standing.groups, standing.policies


def _is_half_made(standing: Standing, wanted: Wanted) -> bool:
    base = (standing.kind, standing.username, standing.groups) == (STANDARD, wanted.username, wanted.first_groups)
    return base and set(standing.policies) <= set(wanted.policies)
