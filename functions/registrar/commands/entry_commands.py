"""The AWS CLI's commands that bring the access entries of others back to what they were. Pure.

They are printed, never run: an entry of others is not the registrar's to write. What has come since stays; what is ours
is written by the sweep.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registrar.commands.shown import visible
from registrar.eks_terms import STANDARD, access_policy_arn
from registrar.grants import scopes_of
from registrar.partitions import partition_of
from registrar.policy import Cluster
from registrar.sinks.entry_record import EntryThen

# EKS makes such usernames itself where none is given, and takes none from anybody else: before {{SessionName}} a colon
# must stand (EKS user guide, "Create access entries").
_BY_EKS = "/{{SessionName}}"


@dataclass(frozen=True)
class EntryCommands:
    """``lines`` are for a POSIX shell, in their order; ``notes`` is what a person should know before."""

    lines: tuple[str, ...]
    notes: tuple[str, ...]


def entry_commands(then: Sequence[EntryThen], now: Sequence[EntryThen], cluster: Cluster) -> EntryCommands:
    """What is to be run for the entries of others that stood then, and do not stand so now. Tags alone do not count."""
    standing = {one.arn.lower(): one for one in now}
    aws, lines, notes = _Aws(cluster), list[str](), list[str]()
    for one in (one for one in then if not one.ours):
        found = standing.get(one.arn.lower())
        if found is not None and found.ours:
            notes.append(f"the access entry of {one.arn} was another's then and is the registrar's now: it is left")
        else:
            lines += aws.back(one, found)
    kept = {one.arn.lower() for one in then}
    since = [one.arn for one in now if not one.ours and one.arn.lower() not in kept]
    if since:
        notes.append(f"{len(since)} access entries of others have come since and stay: {', '.join(since)}")
    return EntryCommands(tuple(map(visible, lines)), tuple(notes))


@dataclass(frozen=True)
class _Aws:
    cluster: Cluster

    def back(self, then: EntryThen, now: EntryThen | None) -> Iterator[str]:
        """The commands for one entry."""
        if now is not None and (now.kind != then.kind or (_named_by_eks(then) and now.username != then.username)):
            # Neither a type nor EKS's own username can be given to an entry that stands.
            yield self._command("delete-access-entry", then.arn)
            now = None
        if now is None:
            yield self._create(then)
        elif (now.username, sorted(now.groups)) != (then.username, sorted(then.groups)):
            yield self._command("update-access-entry", then.arn, *_username(then), *_groups(then))
        yield from self._policies(then, now)

    def _create(self, then: EntryThen) -> str:
        of_people = [*_username(then), *_groups(then)] if then.kind == STANDARD else []
        kept = {key: value for key, value in then.tags.items() if not key.lower().startswith("aws:")}
        tags = ["--tags", json.dumps(kept)] if kept else []
        return self._command("create-access-entry", then.arn, "--type", then.kind, *of_people, *tags)

    def _policies(self, then: EntryThen, now: EntryThen | None) -> Iterator[str]:
        wanted, standing = scopes_of(then.grants), scopes_of(now.grants) if now else {}
        for name in standing.keys() - wanted.keys():
            yield self._command("disassociate-access-policy", then.arn, "--policy-arn", self._policy_arn(name))
        for name, namespaces in wanted.items():
            if standing.get(name) != namespaces:
                in_some = f"type=namespace,namespaces={','.join(namespaces)}"
                scope = in_some if namespaces else "type=cluster"
                given = ("--policy-arn", self._policy_arn(name), "--access-scope", scope)
                yield self._command("associate-access-policy", then.arn, *given)

    def _command(self, operation: str, arn: str, *words: str) -> str:
        where = ("--cluster-name", self.cluster.name, "--region", self.cluster.region)
        return shlex.join(["aws", "eks", operation, *where, "--principal-arn", arn, *words])

    def _policy_arn(self, name: str) -> str:
        return access_policy_arn(partition_of(self.cluster.region), name)


def _named_by_eks(entry: EntryThen) -> bool:
    return _BY_EKS in entry.username


def _username(entry: EntryThen) -> Iterable[str]:
    return () if _named_by_eks(entry) else ("--username", entry.username)


def _groups(entry: EntryThen) -> Iterable[str]:
    return ("--kubernetes-groups", json.dumps(list(entry.groups)))
