"""A request to the registrar, as it comes on the queue or by an invocation. Pure.

{"registrar": "sweep", "account": "123456789012", "planHash": null}
{"registrar": "doctor", "cluster": "prod"}                              by invocation only
{"registrar": "purge", "cluster": "prod", "planHash": null}             by invocation only
{"registrar": "plan", "account": "123456789012", "clusters": ["prod"]}  by invocation only; both may be left out
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from registrar.errors import PoisonRecord
from registrar.events import shown
from registrar.policy import Cluster, Policy

SWEEP, PLAN, PURGE, DOCTOR = "sweep", "plan", "purge", "doctor"
REQUESTS = (DOCTOR, PLAN, PURGE, SWEEP)
_HASH = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class SweepRequest:
    """A sweep of an account; ``plan_hash`` names the one plan that no brake stops."""

    account: str
    plan_hash: str | None = None


def is_request(event: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an event is a request to the registrar, such as ``{"registrar": "sweep"}``."""
    return isinstance(event, Mapping) and "registrar" in event


def read_request(event: Mapping[str, Any], policy: Policy) -> SweepRequest:
    """The request that a record holds. Raises ``PoisonRecord`` for what cannot be done on a queue."""
    request = event["registrar"]
    if request == SWEEP:
        return SweepRequest(account_of(event, policy), hash_of(event))
    if isinstance(request, str) and request in REQUESTS:
        raise PoisonRecord(
            f"the request {request} was put on a queue, which cannot be answered: invoke the function with it"
        )
    raise PoisonRecord(f"unknown request {shown(request)}; known are {', '.join(REQUESTS)}")


def hash_of(event: Mapping[str, Any]) -> str | None:
    """The plan's hash that a request names, if it names one. Raises ``PoisonRecord`` for what is none."""
    found = event.get("planHash")
    if found is not None and (not isinstance(found, str) or not _HASH.fullmatch(found)):
        raise PoisonRecord(f"planHash is {shown(found)}, expected 16 hex digits, as `eks-registrar plan` prints them")
    return found


def account_of(event: Mapping[str, Any], policy: Policy) -> str:
    """The account that a request names. Raises ``PoisonRecord`` for one that the configuration does not."""
    account = event.get("account")
    known = accounts_of(policy)
    if not isinstance(account, str) or account not in known:
        raise PoisonRecord(
            f"a sweep of account {shown(account)}, which {policy.source} does not name: {', '.join(known)}"
        )
    return account


def accounts_of(policy: Policy) -> tuple[str, ...]:
    """Every account whose roles can have anything in a cluster, in the order of the file."""
    own = (cluster.account for cluster in policy.clusters)
    return tuple(dict.fromkeys((*own, *(account for rule in policy.rules for account in rule.accounts))))


def accounts_concerned(policy: Policy, clusters: Sequence[Cluster]) -> tuple[str, ...]:
    """Those of the accounts whose roles can have anything in one of these clusters: each is swept there."""
    return tuple(a for a in accounts_of(policy) if any(policy.concerns(a, cluster) for cluster in clusters))
