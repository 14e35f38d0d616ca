"""The ground on which a behaviour is played: the lab of one backend, a registrar with the function's rights, users."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from asking import Ask
from backends import Backend
from doors import Doors
from stage import ACCOUNT, TAG, Stage, event, eventually, tagging
from tokens import User
from warm_aws_cli import WarmAwsCli

from lab.aws import journal
from registrar import cli
from registrar.policy import Policy
from registrar.result import ClusterResult
from registrar.service import Outcome, Registrar, Settled

SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
WRITES_OF_KUBERNETES = {"create", "update", "patch", "delete", "deletecollection"}
WRITES_OF_EKS = ("Create", "Update", "Delete", "Associate", "Disassociate", "Tag", "Untag")
READS = ("get", "pods")
# An entry that has stood for so long is in effect.
TWO_MINUTES = timedelta(minutes=2, seconds=5)


@dataclass(frozen=True)
class Ground(Stage):
    """A lab as on its first day, in which nothing is known of IAM's events but what the registrar here is told.

    ``usual`` is a registrar that lives as long as the lab, as a warm function does.
    """

    backend: Backend
    usual: Registrar
    aws_cli: WarmAwsCli
    users: dict[str, User] = field(default_factory=dict)

    @property
    def doors(self) -> Doors:
        """How access is written here."""
        return self.backend.doors(self)

    @property
    def policy(self) -> Policy:
        """What registrar.yaml says."""
        return self.usual.policy

    def tell(self, *events: object, policy: Policy | None = None) -> Settled:
        """Let the registrar settle some events or requests."""
        return (self.usual if policy is None else self.registrar(policy)).settle(events)

    def registered(self, grants: str, **how: Any) -> str:
        """A role whose tag was heard, and who has something by it."""
        role = self.role(grants, **how)
        self.done(tagging(role))
        assert self.doors.of(role) is not None
        return role

    def done(self, *events: object, policy: Policy | None = None) -> Settled:
        """Let it settle some events; all of them come to their end."""
        settled = self.tell(*events, policy=policy)
        assert [outcome.error for outcome in settled.outcomes] == [None] * len(events), settled.outcomes
        return settled

    def untagged(self, role: str) -> Outcome:
        """Untag a role and tell of it; what became of the event."""
        self.untag(role)
        return self.tell(untagging(role)).outcomes[0]

    def swept(self, plan_hash: str | None = None, policy: Policy | None = None) -> ClusterResult:
        """What a sweep did that is complete."""
        settled = self.tell(SWEEP | {"planHash": plan_hash}, policy=policy)
        assert settled.outcomes[0].complete, settled.outcomes[0]
        return settled.results[0]

    def remove_role(self, role: str) -> None:
        """Delete a role, whoever made it."""
        if role.startswith("AWSReservedSSO_"):
            self.lab.aws.delete_permission_set_role(role)
        else:
            self.iam.delete_role(RoleName=role)

    def deleted(self, role: str) -> None:
        """Delete a role, whose user goes on trying."""
        self.user(role).prepare()
        self.iam.delete_role(RoleName=role)

    def user(self, role: str) -> User:
        """The user of a role."""
        return self.users.setdefault(role, User(self.lab, self.aws_cli, role))

    def may(self, role: str, *arguments: str) -> bool:
        """Whether their kubectl comes to be allowed something."""
        return self._comes_to(role, arguments, lambda answer: answer.returncode == 0)

    def may_not(self, role: str, *arguments: str) -> bool:
        """Whether it comes to be answered 403, which is for those who are known."""
        return self._comes_to(role, arguments, lambda answer: "is forbidden" in answer.stderr)

    def shut_out(self, role: str) -> bool:
        """Whether it comes to be answered 401: nobody knows them."""
        return self._comes_to(role, READS, _unknown)

    def forbidden_now(self, role: str, *arguments: str) -> bool:
        """Whether the token that was used last is answered 403 for something else."""
        return "is forbidden" in self.user(role).kubectl(*arguments).stderr

    def unknown_now(self, role: str) -> bool:
        """Whether they are answered 401 at this moment."""
        self.user(role).renew()
        return _unknown(self.user(role).kubectl(*READS))

    def reads(self, role: str) -> Ask:
        """A client that reads by the role's kubectl, with a fresh token each time."""
        user = self.user(role)

        def ask() -> str | None:
            user.renew()
            answer = user.kubectl(*READS, "-A")
            return answer.stderr if answer.returncode else None

        return ask

    def _comes_to(self, role: str, arguments: tuple[str, ...], look: Callable[[Any], bool]) -> bool:
        """Try until it is so, with fresh tokens: one that was known is remembered, with its groups, for a while."""
        user = self.user(role)

        def tried() -> bool:
            answer = user.kubectl(*arguments)
            if look(answer):
                return True
            if not _unknown(answer):
                user.renew()
            return False

        user.renew()
        return bool(eventually(tried))

    def asked(self) -> Counter[str]:
        """All requests of the registrar so far: the API server's as ``get configmaps``, AWS's as ``eks:…``."""
        return Counter([*self._asked_of_kubernetes(), *self._asked_of_aws()])

    def asked_since(self, before: Counter[str]) -> list[str]:
        """Those that came since then."""
        return list((self.asked() - before).elements())

    def _asked_of_kubernetes(self) -> Iterator[str]:
        for line in self.lab.audit_log.read_text().splitlines():
            one = json.loads(line)
            if "eks-registrar-controller" in one["user"].get("groups", ()):
                yield f"{one['verb']} {one.get('objectRef', {}).get('resource', '')}"

    def _asked_of_aws(self) -> Iterator[str]:
        return (one.action for one in journal.read(self.lab.aws.calls_log) if "role/eks-registrar/" in one.caller)

    @contextmanager
    def no_write(self) -> Iterator[None]:
        """What happens in here writes nothing, neither to the API server nor to EKS."""
        before = self.asked()
        yield
        assert [one for one in self.asked_since(before) if _is_write(one)] == []

    def says(self, *arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """What ``eks-registrar`` returns and prints, with the credentials of the registrar or in an environment."""
        said = io.StringIO()
        with (
            as_environment(environment or self.lab.registrar_environment()),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            status = cli.main(arguments)
        return status, said.getvalue()

    def says_json(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """What it says about the one cluster."""
        status, said = self.says(*arguments, "--output", "json")
        [cluster] = json.loads(said)["clusters"]
        return status, cluster

    def later(self, by: timedelta, policy: Policy | None = None) -> Registrar:
        """A registrar whose clock is ahead."""
        registrar = self.usual if policy is None else self.registrar(policy)

        def opened(cluster: Any) -> Any:
            access = registrar.open_cluster(cluster)
            return replace(access, rows=_ahead(access.rows, by))

        return replace(registrar, open_cluster=opened)


def _ahead(rows: Any, by: timedelta) -> Any:
    """The same place, whose clock is ahead where it has one: aws-auth needs none."""
    if hasattr(rows, "entries"):
        return replace(rows, entries=_ahead(rows.entries, by))
    return replace(rows, now=lambda: datetime.now(UTC) + by) if hasattr(rows, "now") else rows


def untagging(role: str) -> dict[str, Any]:
    """An UntagRole event of just now."""
    return event("UntagRole", role, tagKeys=[TAG])


def deleting(role: str) -> dict[str, Any]:
    """A DeleteRole event of just now."""
    return event("DeleteRole", role)


@contextmanager
def as_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables among the process's own."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _unknown(answer: subprocess.CompletedProcess[str]) -> bool:
    return answer.returncode != 0 and ("Unauthorized" in answer.stderr or "must be logged in" in answer.stderr)


def _is_write(asked: str) -> bool:
    service, _, action = asked.partition(":")
    if service == "eks" and action:
        return action.startswith(WRITES_OF_EKS)
    verb, _, resource = asked.partition(" ")
    return verb in WRITES_OF_KUBERNETES and resource != "selfsubjectreviews"
