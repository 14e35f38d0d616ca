"""The access entries of one cluster, under EKS's rules."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lab.aws.eks import principals, rules
from lab.aws.eks.behaviour import Behaviour
from lab.aws.eks.cluster import ClusterKey
from lab.aws.eks.errors import EksError, absent, bad_input
from lab.aws.eks.in_effect import InEffect
from lab.aws.eks.model import STANDARD, Entry, Principal
from lab.aws.eks.once import Once
from lab.aws.eks.pages import page

_NODE_GROUPS = ("system:nodes",)
Params = Mapping[str, Any]


class AccessEntries:
    """Entries by the ARN of their principal, one for each. Safe to use from several threads.

    Args:
        cluster: whose they are.
        behaviour: tells how EKS behaves at this moment.

    """

    def __init__(self, cluster: ClusterKey, behaviour: Callable[[], Behaviour]) -> None:
        self.in_effect = InEffect()
        self._cluster = cluster
        self._behaviour = behaviour
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._once = Once()

    def create(self, params: Params) -> dict[str, Any]:
        """``CreateAccessEntry``."""
        with self._lock:
            return self._once.answer("CreateAccessEntry", params, lambda: self._create(params))

    def update(self, params: Params) -> dict[str, Any]:
        """``UpdateAccessEntry``: username and groups, and nothing else, can be changed."""
        with self._lock:
            return self._once.answer("UpdateAccessEntry", params, lambda: self._update(params))

    def delete(self, params: Params) -> dict[str, Any]:
        """``DeleteAccessEntry``; what is associated goes with it."""
        with self._lock:
            entry = self.get("DeleteAccessEntry", params["principalArn"])
            del self._entries[entry.principal.arn]
            self._becomes()
            return {}

    def list(self, params: Params) -> dict[str, Any]:
        """``ListAccessEntries``: ARNs of principals."""
        wanted = params.get("associatedPolicyArn")
        with self._lock:
            arns = sorted(a for a, entry in self._entries.items() if wanted is None or wanted in entry.associations)
        shown, token = page("ListAccessEntries", arns, params)
        return {"accessEntries": shown, **({"nextToken": token} if token else {})}

    def get(self, operation: str, principal_arn: str) -> Entry:
        """The entry of a principal, dead or alive.

        Raises:
            EksError: ``ResourceNotFoundException``.

        """
        found = self.find(principal_arn)
        if found is None:
            raise absent(
                operation,
                "The specified principalArn could not be found. You can view your available access entries with"
                " 'list-access-entries'.",
            )
        return found

    def find(self, principal_arn: str) -> Entry | None:
        """The entry of a principal, or None."""
        with self._lock:
            return self._entries.get(principal_arn)

    def by_arn(self, arn: str) -> Entry | None:
        """The entry with this ARN, or None."""
        with self._lock:
            return next((entry for entry in self._entries.values() if entry.arn == arn), None)

    def change(self, operation: str, principal_arn: str, changed: Callable[[Entry], Entry]) -> Entry:
        """Put another entry in the place of the one that is there."""
        with self._lock:
            entry = changed(self.get(operation, principal_arn))
            self._entries[principal_arn] = entry
            self._becomes()
            return entry

    def _create(self, params: Params) -> dict[str, Any]:
        operation, now = "CreateAccessEntry", time.time()
        principal = self._principal(params["principalArn"], now)
        kind, groups = params.get("type", STANDARD), tuple(params.get("kubernetesGroups", ()))
        rules.check_type(kind, principal, self._cluster.account, params)
        if "username" in params and kind == STANDARD:
            rules.check_username(operation, params["username"])
        rules.check_groups(operation, groups)
        rules.check_tags(operation, (), params.get("tags", {}))
        if principal.arn in self._entries:
            raise EksError(
                "ResourceInUseException", "The specified access entry resource is already in use on this cluster."
            )
        if len(self._entries) >= self._behaviour().quota:
            raise EksError(
                "ResourceLimitExceededException",
                f"Cluster {self._cluster.name} has reached the limit of {self._behaviour().quota} access entries.",
            )
        entry = Entry(
            cluster=self._cluster.name,
            principal=principal,
            arn=self._arn(principal),
            kind=kind,
            username=params.get("username") or rules.username_of(kind, principal),
            groups=groups if kind == STANDARD else _NODE_GROUPS,
            created_at=now,
            modified_at=now,
            tags=dict(params.get("tags", {})),
        )
        self._entries[principal.arn] = entry
        self._becomes()
        return {"accessEntry": entry.shown()}

    def _update(self, params: Params) -> dict[str, Any]:
        operation = "UpdateAccessEntry"
        entry = self.get(operation, params["principalArn"])
        username, groups = params.get("username"), params.get("kubernetesGroups")
        if username is not None:
            rules.check_username(operation, username)
        rules.check_groups(operation, groups or ())
        if entry.kind != STANDARD:
            raise bad_input(operation, f"An access entry of type {entry.kind} can't be updated")
        changed = replace(
            entry,
            username=entry.username if username is None else username,
            groups=entry.groups if groups is None else tuple(groups),
            modified_at=time.time(),
        )
        return {"accessEntry": self.change(operation, entry.principal.arn, lambda _: changed).shown()}

    def _principal(self, arn: str, now: float) -> Principal:
        if principals.is_service_linked(arn):
            raise EksError(
                "InvalidParameterException",
                "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role",
            )
        found = principals.find(arn, self._cluster.partition)
        if found is None or now - found.created < self._behaviour().principal_visible_after_s:
            raise EksError("InvalidParameterException", "The specified principalArn is invalid: invalid principal.")
        return found

    def _arn(self, principal: Principal) -> str:
        rest = f"/{principal.kind}/{principal.account}/{principal.name}/{uuid.uuid4()}"
        return self._cluster.arn("access-entry", rest)

    def _becomes(self) -> None:
        self.in_effect.becomes(self._entries, self._behaviour().effective_after_s)
