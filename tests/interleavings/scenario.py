"""One scenario: who is settled in the beginning, what changes in IAM, and who else is at work meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab.memory.api_server import ApiServer
from lab.memory.eks import Eks
from lab.memory.iam import Account
from lab.memory.requests import EksCall, Http, PutRole, Request, RoleRecord
from lab.memory.world import World
from registrar.rights.rbac import HISTORY
from registrar.sinks.aws_auth import PATH
from tests.interleavings.as_iam_says import RBAC
from tests.interleavings.explore import Actor, Explored, Explorer, Judge
from tests.interleavings.laws import SWEEP, Laws, Promise, at_once
from tests.interleavings.laws_of_entries import LawsOfEntries
from tests.interleavings.laws_of_rows_beside_entries import LawsOfRowsBesideEntries
from tests.interleavings.registrar_actors import (
    BOTH_BY_ROWS,
    LONG_AGO,
    ROWS,
    TAG,
    Variant,
    as_it_is,
    changes,
    deliveries,
    event,
    role,
    sweep,
)

NODES = """\
# the nodes of the cluster
- rolearn: arn:aws:iam::123456789012:role/node
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]  # never remove
"""
CAROL = role("carol", "view")  # somebody who is there all the time, and has nothing to do with it
PAYMENTS = "/api/v1/namespaces/payments"


@dataclass(frozen=True)
class Scenario:
    """Some roles that are settled in the beginning, changes of IAM each with its record, and whoever acts beside them.

    ``records`` says which changes (from 1 on) come in one batch; by default each has an invocation of its own, which
    can begin as soon as the change is made. ``kills`` is how many of ours are killed at any point, ``stale_reads`` how
    many reads of IAM may still answer with what was, ``lost_answers`` how many writes are done and not answered.
    ``steady`` are the paths that nobody writes.

    ``mode`` is the cluster's authentication mode, ``before`` are those in which it was swept before; if not
    ``settled``, it was not swept in its own. The entries of the beginning are old, or ``young``. ``eks`` says how EKS
    behaves. Without ``policies`` an entry and its access policies, which are two calls, are read at once.
    """

    roles: tuple[RoleRecord, ...]
    changes: tuple[PutRole, ...]
    records: tuple[tuple[int, ...], ...] | None = None
    others: tuple[Actor, ...] = ()
    sweeps: bool = False
    kills: int = 0
    stale_reads: int = 0
    lost_answers: int = 0
    promise: Promise = field(default_factory=Promise)
    namespaces: tuple[str, ...] = ("payments",)
    objects: tuple[tuple[str, Any], ...] = ()
    steady: tuple[str, ...] = (f"{RBAC}/clusterroles/", PAYMENTS)
    mode: str = ROWS
    before: tuple[str, ...] = ()
    settled: bool = True
    young: bool = False
    policies: bool = False
    eks: Eks = field(default_factory=Eks)

    def explore(self, variant: Variant = as_it_is) -> Explored:
        """Walk through every order. Raises ``LawBroken``."""
        actors = self._actors(variant)
        ours = tuple(number for number, actor in enumerate(actors) if actor.ours)
        laws: Judge = Laws(self._truths(), self.promise, ours, self.kills)
        if self.mode == BOTH_BY_ROWS:
            laws = LawsOfRowsBesideEntries(self._truths(), self.promise, ours, self.kills)
        elif self.mode != ROWS:
            laws = LawsOfEntries(self._truths(), self.promise, ours, self.kills, self.mode)
        return Explorer(actors, laws, self._is_steady).explore(self._start(), self.kills)

    def _is_steady(self, asked: Request) -> bool:
        if isinstance(asked, EksCall):
            policies = asked.operation == "ListAssociatedAccessPolicies" and not self.policies
            return policies or (asked.reads and "role/carol" in asked.parameters)
        return isinstance(asked, Http) and asked.method == "GET" and asked.path.startswith(self.steady)

    def _start(self) -> World:
        """A cluster in which a sweep has settled the first roles."""
        iam = Account.of(*self.roles, CAROL)
        world = World(_cluster(self.namespaces), iam, eks=self.eks)
        for mode in (*self.before, self.mode) if self.settled else self.before:
            world, result = at_once(world, sweep(-1_000, mode=mode))
            assert result == "done", result
        more = ApiServer.of(dict(self.objects))
        api = ApiServer(tuple(sorted((*world.api.objects, *more.objects))))
        eks = world.eks if self.young else _aged(world.eks)
        return World(api, replace(iam, stale_reads=self.stale_reads), self.lost_answers, eks)

    def _truths(self) -> tuple[dict[str, RoleRecord], ...]:
        """The roles of IAM after each number of changes, by name."""
        truths = [{one.name: one for one in (*self.roles, CAROL)}]
        for change in self.changes:
            others = {name: one for name, one in truths[-1].items() if name != change.name}
            truths.append(others | ({change.name: change.role} if change.role else {}))
        return tuple(truths)

    def _actors(self, variant: Variant) -> list[Actor]:
        truths = self._truths()
        events = [event(truths[n].get(change.name), change, n + 1) for n, change in enumerate(self.changes)]
        person = Actor("person", (changes(*self.changes),), ours=False)
        records = self.records or tuple((number,) for number in range(1, len(events) + 1))
        invocations = [
            deliveries(
                f"record {'+'.join(map(str, batch))}", [events[n - 1] for n in batch], max(batch), variant, self.mode
            )
            for batch in records
        ]
        swept = tuple(sweep(seconds, variant, self.mode) for seconds in (200, 400))
        sweeps = [Actor(SWEEP, swept)] if self.sweeps else []
        return [person, *invocations, *sweeps, *self.others]


def _cluster(namespaces: Sequence[str]) -> ApiServer:
    """A cluster as somebody has made it, with an aws-auth that holds more than roles, and the registrar's own part."""
    config_map = {
        "metadata": {"name": "aws-auth", "namespace": "kube-system", "labels": {"team": "platform"}},
        "data": {"mapRoles": NODES, "mapUsers": "[]"},
    }
    objects: dict[str, Any] = {PATH: config_map}
    objects |= {f"/api/v1/namespaces/{name}": {"metadata": {"name": name}} for name in namespaces}
    objects |= {f"{RBAC}/clusterroles/{name}": {"metadata": {"name": name}} for name in ("view", "edit")}
    objects |= {f"/api/v1/namespaces/{TAG}/configmaps/{name}": {"metadata": {"name": name}} for name in HISTORY}
    return ApiServer.of(objects)


def _aged(eks: Eks) -> Eks:
    """The same entries, made long ago."""
    then = LONG_AGO + 1
    aged = ((entry.arn, replace(entry, created=then, modified=then)) for entry in eks.standing)
    return replace(eks, entries=tuple(aged))


def becomes(*roles: RoleRecord) -> tuple[PutRole, ...]:
    """These roles, one after the other, as they are from now on."""
    return tuple(PutRole(one.name, one) for one in roles)


def deleted(name: str) -> PutRole:
    """A role that goes."""
    return PutRole(name, None)
