"""A foreign access entry made ours: it is never deleted, so that no request in between is refused.

    associate      access policies that it has not yet, or not as wide: what it has it keeps; then wait a little
    update         username and groups, in one call
    tag            our marks: from here on it is ours
    part           access policies, or namespaces of them, that are not asked for

Untagged it is foreign, and the registrar leaves it alone. So it is tagged after the update: tagged before, the
registrar could take it for an entry of ours that somebody has changed. Broken off in between, the next run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from registrar.adoption.doors import Doors
from registrar.adoption.kept import WayBack, back_to_entry, keep
from registrar.adoption.model import Candidate
from registrar.eks.access_entries import EntriesApi
from registrar.errors import WriteConflict
from registrar.grants import Grant, scopes_of, united_policies
from registrar.marks import entry_tags

IN_EFFECT_SECONDS = 10.0
"""A change of an access entry is in effect after seconds (EKS user guide, "Grant IAM users access to Kubernetes")."""


def change_entry(doors: Doors, candidate: Candidate, folder: Path, now: Callable[[], datetime]) -> WayBack:
    """Make the entry ours. Raises ``WriteConflict`` if it is not as it was looked at any more, and what EKS says."""
    entries, standing, after, role = doors.entries, candidate.standing, candidate.after, candidate.role
    assert entries is not None
    assert after is not None
    assert role is not None
    found = entries.read(standing.arn)
    if found is None or (found.username, found.groups, united_policies(found.policies)) != (
        standing.username, standing.groups, standing.policies,
    ):  # fmt: skip
        raise WriteConflict("the entry has changed since it was looked at")
    path = keep(folder, doors.cluster, standing, {}, now())
    before, wanted = _by_policy(standing.policies), _by_policy(after.policies)
    if _associate(entries, standing.arn, before, _united(before, wanted)):
        time.sleep(IN_EFFECT_SECONDS)
    entries.update(standing.arn, after.username, after.groups)
    entries.tag(standing.arn, entry_tags(role.role_id, doors.marks.installation))
    _associate(entries, standing.arn, _united(before, wanted), wanted)
    for policy in before.keys() - wanted.keys():
        entries.disassociate(standing.arn, policy)
    return back_to_entry(path, standing, doors.cluster, doors.marks.installation)


# By the policy's name its namespaces; none of them is the whole cluster.
_Scopes = Mapping[str, frozenset[str]]


def _by_policy(grants: Iterable[Grant]) -> _Scopes:
    return {name: frozenset(namespaces) for name, namespaces in scopes_of(united_policies(grants)).items()}


def _united(one: _Scopes, other: _Scopes) -> _Scopes:
    both = {
        name: one[name] | other[name] if one[name] and other[name] else frozenset()
        for name in one.keys() & other.keys()
    }
    return {**one, **other, **both}


def _associate(entries: EntriesApi, arn: str, before: _Scopes, after: _Scopes) -> bool:
    """Associate what is not there yet, or with another scope; returns whether there was any."""
    changed = [policy for policy in sorted(after) if before.get(policy) != after[policy]]
    for policy in changed:
        entries.associate(arn, policy, sorted(after[policy]))
    return bool(changed)
