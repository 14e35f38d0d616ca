"""What ``history`` and ``restore`` see of a cluster by the caller's own kubectl: aws-auth, and the bodies of before."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registrar.errors import AwsAuthUnreadable, ConfigurationError, RegistrarError
from registrar.kubectl import Kubectl, Object
from registrar.marks import Marks
from registrar.policy import Policy
from registrar.rights.rbac import AWS_AUTH, AWS_AUTH_NAMESPACE, HISTORY, kept_annotation
from registrar.sinks.authenticator_yaml import read_body
from registrar.sinks.kept import Kept, fingerprint, read_kept
from registrar.sinks.map_roles import MapRoles, read_map_roles

_LISTS = ("mapUsers", "mapAccounts")


@dataclass(frozen=True)
class Body:
    """The ``data`` of an aws-auth, read by the authenticator's rules.

    ``rows`` is ``None`` where ``mapRoles`` cannot be read. ``problems`` says by key why that key cannot be.
    """

    data: Mapping[str, str]
    rows: MapRoles | None
    problems: Mapping[str, str]

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(len(value.encode()) for value in self.data.values())

    def foreign(self, marks: Marks) -> str | None:
        """The fingerprint of all that is not ours; ``None`` where that cannot be told."""
        return None if self.rows is None else fingerprint(self.data, self.rows, marks)


@dataclass(frozen=True)
class KeptBody:
    """A body of the history, and the ConfigMap that holds it."""

    kept: Kept
    slot: str
    body: Body


@dataclass(frozen=True)
class View:
    """One cluster: aws-auth as object and as body (``None`` where there is none), and the history, newest first."""

    where: str
    marks: Marks
    now: Object | None
    body: Body | None
    history: tuple[KeptBody, ...]

    def number(self, number: int) -> KeptBody:
        """The body of that number. Raises ``RegistrarError`` where it is not kept (any more)."""
        for one in self.history:
            if one.kept.number == number:
                return one
        numbers = ", ".join(str(one.kept.number) for one in self.history)
        raise RegistrarError(
            f"no body {number} is kept in namespace {self.marks.installation}; kept are: {numbers or 'none'}"
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which cluster, and whose kubectl."""
    parser.add_argument("--cluster", metavar="TAG", help="make sure that the context is that of this cluster")
    parser.add_argument("--context", help="a context of your kubeconfig (default: the current one)")
    parser.add_argument("--kubectl", default="kubectl", metavar="PATH", help="your kubectl, if it is not on the PATH")


def kubectl_of(parsed: argparse.Namespace) -> Kubectl:
    """The caller's kubectl."""
    return Kubectl(parsed.kubectl, parsed.context)


def look(kubectl: Kubectl, policy: Policy, cluster: str | None) -> View:
    """Read all of it.

    Raises ``ConfigurationError`` for a cluster that is not configured, ``RegistrarError`` where the context leads to
    another cluster than that, and ``KubectlFailed``.
    """
    known = [one.tag for one in policy.clusters]
    if cluster is not None and cluster not in known:
        raise ConfigurationError(f"no cluster {cluster!r} in {policy.source}; it has: {', '.join(known)}")
    marks, where = policy.marks, kubectl.where()
    slots = (_kept_body(found, marks) for found in kubectl.get(marks.installation, HISTORY))
    history = _newest_first([slot for slot in slots if slot is not None])
    for one in history:
        if cluster is not None and one.kept.cluster != cluster:
            raise RegistrarError(
                f"{where} leads to cluster {one.kept.cluster}, not {cluster}: its history says so. Choose another "
                f"--context; or leave out --cluster, if it was {one.kept.cluster} before registrar.yaml was changed"
            )
    now = next(iter(kubectl.get(AWS_AUTH_NAMESPACE, [AWS_AUTH])), None)
    return View(where, marks, now, None if now is None else body_of(now, marks), history)


def body_of(found: Object, marks: Marks) -> Body:
    """The body that a ConfigMap holds."""
    data = {str(key): str(value) for key, value in (found.get("data") or {}).items()}
    problems = {key: problem for key in _LISTS if (problem := _problem(data.get(key))) is not None}
    try:
        return Body(data, read_map_roles(data.get("mapRoles"), marks), problems)
    except AwsAuthUnreadable as error:
        return Body(data, None, {"mapRoles": _told(error), **problems})


def _problem(text: str | None) -> str | None:
    """Why the authenticator could not read ``mapUsers`` or ``mapAccounts``: both are lists, by the same YAML."""
    try:
        read_body(text or "")
    except AwsAuthUnreadable as error:
        return _told(error)
    return None


def _told(error: AwsAuthUnreadable) -> str:
    """Line and problem alone: the key is named where this is shown."""
    return str(error).removeprefix("aws-auth: mapRoles cannot be read, ").removesuffix(" Nothing was written.")


def _kept_body(found: Object, marks: Marks) -> KeptBody | None:
    metadata: dict[str, Any] = found["metadata"]
    kept = read_kept((metadata.get("annotations") or {}).get(kept_annotation(marks.installation)))
    return None if kept is None else KeptBody(kept, metadata["name"], body_of(found, marks))


def _newest_first(found: Sequence[KeptBody]) -> tuple[KeptBody, ...]:
    """In order, each once: a run that ended half-way leaves one body in two places."""
    once = {one.kept: one for one in sorted(found, key=lambda one: one.slot, reverse=True)}
    return tuple(sorted(once.values(), key=lambda one: one.kept.number, reverse=True))
