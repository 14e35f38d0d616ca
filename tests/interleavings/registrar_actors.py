"""The registrar as an actor: its invocations by events, its sweep, and the person who changes IAM.

Its code is the real one, from the Kubernetes and IAM clients upwards; below them is ``lab.memory``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import urllib3

from lab.memory.clients import Ask, IamClient, Pool, Token
from lab.memory.eks_client import EksClient
from lab.memory.requests import PutRole, RoleRecord
from registrar.configuration import parse
from registrar.eks.access_entries import EntriesApi
from registrar.eks.client import Kubernetes
from registrar.errors import NeverRetry
from registrar.policy import Policy
from registrar.reconcile import Runtime
from registrar.service import Registrar
from registrar.sinks.access_entries import AccessEntries
from registrar.sinks.aws_auth import AwsAuthConfigMap
from registrar.sinks.both_places import BothPlaces
from registrar.sinks.place import Place
from registrar.sinks.rbac import RbacBindings
from registrar.situation import ClusterAccess
from registrar.sources.iam import IamRoles
from tests.interleavings.explore import RETRY, Actor
from tests.interleavings.replay import Program

ACCOUNT = "123456789012"
TAG = "eks-registrar"
EPOCH = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DELIVERED_AFTER = (30, 90, 300)  # seconds after the epoch; IAM changes happen in its first few
LONG_AGO = -86_400
# The authentication modes of a cluster; in the one that reads both, rows are written where the file says so by hand.
ROWS, BOTH, ENTRIES = "CONFIG_MAP", "API_AND_CONFIG_MAP", "API"
BOTH_BY_ROWS = f"{BOTH}, backend: aws-auth"

POLICY = parse(f"""
clusters:
- {{name: prod, account: "{ACCOUNT}", region: eu-west-1, mode: enforce}}
rules:
- name: all
  roles: ["/**"]
  clusters: [prod]
  allow: [view, "edit@*", "group=oncall", "policy=AmazonEKSViewPolicy@*"]
""")

Variant = Callable[[Registrar], Registrar]


def as_it_is(registrar: Registrar) -> Registrar:
    """The registrar itself, no variant of it."""
    return registrar


def registrar_over(ask: Ask, seconds: int, mode: str = ROWS, policy: Policy = POLICY) -> Registrar:
    """The real registrar, from its clients upwards, at a time after the epoch, for a cluster in this mode."""
    kubernetes = Kubernetes("prod", "https://memory.invalid", cast(urllib3.PoolManager, Pool(ask)), Token())
    runtime = Runtime(now=lambda: EPOCH + timedelta(seconds=seconds), pause=lambda _: None)
    aws_auth = AwsAuthConfigMap(kubernetes, policy.marks)
    cluster = replace(policy.cluster("prod"), backend="aws-auth" if mode in (ROWS, BOTH_BY_ROWS) else "access-entries")
    entries = AccessEntries(EntriesApi(EksClient(ask, EPOCH), cluster), policy.marks, runtime.now, runtime.pause)
    both = BothPlaces(entries, aws_auth, policy.marks)
    by_rows = replace(both, by_entries=False)
    places: dict[str, Place] = {ROWS: aws_auth, BOTH: both, BOTH_BY_ROWS: by_rows, ENTRIES: entries}
    access = ClusterAccess(cluster, places[mode], RbacBindings(kubernetes, policy.marks))
    iam = IamRoles(IamClient(ask, ACCOUNT, EPOCH))
    return Registrar(policy, policy.clusters, lambda _: access, iam, runtime)


def invocation(events: Sequence[object], seconds: int, variant: Variant = as_it_is, mode: str = ROWS) -> Program:
    """One invocation of the function with some records; it ends as ``done``, ``retry`` or ``dead``."""

    def run(ask: Ask) -> str:
        settled = variant(registrar_over(ask, seconds, mode)).settle(events)
        errors = [outcome.error for outcome in settled.outcomes if outcome.error is not None]
        if any(outcome.retry for outcome in settled.outcomes):
            return RETRY
        return "dead" if any(isinstance(error, NeverRetry) for error in errors) else "done"

    return run


def sweep(seconds: int, variant: Variant = as_it_is, mode: str = ROWS) -> Program:
    """The sweep of the account."""
    return invocation([{"registrar": "sweep", "account": ACCOUNT, "planHash": None}], seconds, variant, mode)


def changes(*made: PutRole) -> Program:
    """A person who makes these changes in IAM, one after the other."""

    def run(ask: Ask) -> str:
        for change in made:
            ask(change)
        return "done"

    return run


def role(
    name: str, grants: str = "", *, role_id: str = "AROA1", created: int = LONG_AGO, path: str = "/"
) -> RoleRecord:
    """A role whose tag asks for these grants; without any it has no tag of ours."""
    return RoleRecord(name, role_id, created, ((TAG, grants),) if grants else (), path)


def event(before: RoleRecord | None, change: PutRole, second: int) -> dict[str, Any]:
    """The event that CloudTrail writes of a change."""
    old, new = dict(before.tags) if before else {}, dict(change.role.tags) if change.role else {}
    told: dict[str, object]
    set_now = [{"key": key, "value": value} for key, value in new.items() if old.get(key) != value]
    if change.role is None:
        name, told = "DeleteRole", {}
    elif before is None:
        name, told = "CreateRole", {"tags": set_now} if set_now else {}
    elif set_now:
        name, told = "TagRole", {"tags": set_now}
    else:
        name, told = "UntagRole", {"tagKeys": sorted(old.keys() - new.keys())}
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "eventTime": (EPOCH + timedelta(seconds=second)).isoformat(),
            "requestParameters": {"roleName": change.name, **told},
        },
    }


def deliveries(name: str, events: Sequence[object], after: int, variant: Variant = as_it_is, mode: str = ROWS) -> Actor:
    """A record of the queue: one invocation, and another one later whenever it returns to the queue."""
    runs = (invocation(events, seconds, variant, mode) for seconds in DELIVERED_AFTER)
    return Actor(name, tuple(runs), after)
