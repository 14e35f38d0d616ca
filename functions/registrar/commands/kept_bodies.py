"""What ``history`` and ``restore`` see of a cluster by the caller's own kubectl: aws-auth, and the bodies of before.

The access entries of now are not in the cluster: they are read with the caller's AWS identity, where a body has some.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError

from registrar.commands.entries_now import entries_now
from registrar.errors import AwsAuthUnreadable, ConfigurationError, RegistrarError
from registrar.kubectl import Kubectl, Object
from registrar.marks import Marks
from registrar.policy import Cluster, Policy
from registrar.rights.rbac import AWS_AUTH, AWS_AUTH_NAMESPACE, HISTORY, kept_annotation
from registrar.sinks.authenticator_yaml import read_body
from registrar.sinks.entry_record import KEY, EntryThen, entries_of_text
from registrar.sinks.kept import Kept, fingerprint, read_kept
from registrar.sinks.map_roles import MapRoles, read_map_roles

_LISTS = ("mapUsers", "mapAccounts")


@dataclass(frozen=True)
class Body:
    """The ``data`` of an aws-auth, read by the authenticator's rules, and the access entries that were kept with it.

    ``rows`` is ``None`` where ``mapRoles`` cannot be read. ``problems`` says by key why that key cannot be. ``entries``
    are ``None`` where none were kept; then the body is one of aws-auth, else it may be without.
    """

    data: Mapping[str, str]
    rows: MapRoles | None
    problems: Mapping[str, str]
    entries: tuple[EntryThen, ...] | None = None
    entries_text: str | None = None

    @property
    def has_aws_auth(self) -> bool:
        """Whether there was an aws-auth that the cluster read."""
        return self.entries_text is None or bool(self.data)

    @property
    def kept(self) -> Mapping[str, str]:
        """Everything that is in the ConfigMap."""
        return {**self.data, **({} if self.entries_text is None else {KEY: self.entries_text})}

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(len(value.encode()) for value in self.kept.values())

    def foreign(self, marks: Marks) -> str | None:
        """The fingerprint of all that is not ours in aws-auth; ``None`` where that cannot be told."""
        return None if self.rows is None else fingerprint(self.data, self.rows, marks)


@dataclass(frozen=True)
class KeptBody:
    """A body of the history, and the ConfigMap that holds it."""

    kept: Kept
    slot: str
    body: Body


@dataclass(frozen=True)
class View:
    """One cluster: aws-auth as object and as body (``None`` where there is none), and the history, newest first.

    ``entries`` are the access entries of now, ``None`` where no body has any, or (``unread``) why they could not be
    read. ``cluster`` is whose they are.
    """

    where: str
    marks: Marks
    now: Object | None
    body: Body | None
    history: tuple[KeptBody, ...]
    cluster: Cluster | None = None
    entries: tuple[EntryThen, ...] | None = None
    unread: str | None = None

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


def nowhere(policy: Policy, cluster: str | None) -> str | None:
    """Why nothing is kept in that cluster, in words; ``None`` if something may be."""
    if any(one.tag == cluster and one.kubernetes == "none" for one in policy.clusters):
        return (
            f"cluster {cluster} has kubernetes: none: no Kubernetes call is made there, so there is no place for a "
            f"history. CloudTrail has each change of an access entry (CreateAccessEntry, UpdateAccessEntry, "
            f"DeleteAccessEntry, AssociateAccessPolicy, DisassociateAccessPolicy)"
        )
    return None


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
    view = View(where, marks, now, None if now is None else body_of(now, marks), history)
    with_entries = next((one for one in history if one.body.entries is not None), None)
    return view if with_entries is None else _with_entries(view, policy, with_entries.kept.cluster)


def _with_entries(view: View, policy: Policy, tag: str) -> View:
    """The view with the access entries of now. What cannot be read hinders nobody who puts an aws-auth back."""
    cluster = next((one for one in policy.clusters if one.tag == tag), None)
    if cluster is None:
        return replace(view, unread=f"{policy.source} has no cluster {tag}")
    try:
        return replace(view, cluster=cluster, entries=entries_now(cluster, view.marks))
    except (RegistrarError, BotoCoreError) as error:
        return replace(view, cluster=cluster, unread=str(error))


def body_of(found: Object, marks: Marks, *, with_entries: bool = False) -> Body:
    """The body that a ConfigMap holds; ``with_entries`` says that it is a kept one that has access entries too."""
    data = {str(key): str(value) for key, value in (found.get("data") or {}).items()}
    text = data.pop(KEY, None) if with_entries else None
    problems = {key: problem for key in _LISTS if (problem := _problem(data.get(key))) is not None}
    entries, unreadable = _entries(text)
    problems |= unreadable
    try:
        return Body(data, read_map_roles(data.get("mapRoles"), marks), problems, entries, text)
    except AwsAuthUnreadable as error:
        return Body(data, None, {"mapRoles": _told(error), **problems}, entries, text)


def _entries(text: str | None) -> tuple[tuple[EntryThen, ...] | None, dict[str, str]]:
    if text is None:
        return None, {}
    try:
        return entries_of_text(text), {}
    except ValueError as error:
        return None, {KEY: str(error)}


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
    if kept is None:
        return None
    return KeptBody(kept, metadata["name"], body_of(found, marks, with_entries=":" in kept.foreign))


def _newest_first(found: Sequence[KeptBody]) -> tuple[KeptBody, ...]:
    """In order, each once: a run that ended half-way leaves one body in two places."""
    once = {one.kept: one for one in sorted(found, key=lambda one: one.slot, reverse=True)}
    return tuple(sorted(once.values(), key=lambda one: one.kept.number, reverse=True))
