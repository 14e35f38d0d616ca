"""Where one cluster stands: what is wanted, what is there, and what a plan is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registrar.desired import desired
from registrar.errors import RegistrarError
from registrar.marks import Marks
from registrar.model import Desired, Principal, PrincipalRef, RbacView
from registrar.plan import Plan, groups_of_interest, make_plan
from registrar.policy import Cluster, Policy
from registrar.sinks.place import Place, Reading
from registrar.sinks.rbac import Bindings


@dataclass(frozen=True)
class ClusterAccess:
    """A cluster and the two places where its access is written.

    Its ``backend`` is the one that its authentication mode comes to, never ``auto``. ``remember`` keeps a reading of
    ``rows`` that a sweep found right: what others wrote since our last write is not lost.
    """

    cluster: Cluster
    rows: Place
    bindings: Bindings
    remember: Callable[[Any, str], None] | None = None


Opener = Callable[[Cluster], ClusterAccess]


@dataclass(frozen=True)
class Situation:
    """Everything that a plan is made from.

    ``conflicts`` names, by principal, what is foreign and claims it; ``trouble`` says why not all can be given now,
    although what stands can be taken away.
    """

    wanted: tuple[Desired, ...]
    current: Reading
    conflicts: Mapping[PrincipalRef, str]
    view: RbacView
    marks: Marks
    trouble: RegistrarError | None = None

    def plan(self, *, growing: bool = True, moving: bool = True) -> Plan:
        """The plan; without ``growing``, or where the place is in trouble, only what it takes away (``make_plan``)."""
        growing = growing and self.current.trouble is None
        return make_plan(
            self.wanted, self.current.held, self.conflicts, self.view, self.marks, growing=growing, moving=moving
        )


def look(
    principals: Sequence[Principal], policy: Policy, access: ClusterAccess, current: Reading, *, whole: bool = False
) -> Situation:
    """Everything that a plan for these principals is made from.

    Raises what reading their access entries raises and, where access is written into the cluster itself, what reading
    bindings does.
    """
    current = access.rows.about(current, principals)
    wanted = desired(principals, policy, access.cluster)
    groups = groups_of_interest(wanted, current.held, policy.marks)
    trouble = current.trouble
    try:
        view = access.bindings.survey(groups) if whole else access.bindings.read(groups)
    except RegistrarError as error:
        if not current.held.entries:
            raise
        # EKS takes an access entry away although the cluster's API server does not answer, and gives what needs no
        # binding.
        view, trouble = RbacView(failed=dict.fromkeys(groups, str(error))), error
    conflicts = current.claims([one.role for one in wanted if one.role is not None])
    return Situation(wanted, current, conflicts, view, policy.marks, trouble)
