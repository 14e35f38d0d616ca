"""Tags and a rule that ask for some grants and allow them: as text, to be copied. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from registrar.adoption.model import Proposal
from registrar.grants import Grant
from registrar.model import Role
from registrar.policy import Cluster, Policy, is_privileged, permission_set_of
from registrar.tags import keys_for

MOST_CHARACTERS = 256
"""Of a tag's value (IAM user guide, "Rules for tagging")."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_LONGEST_NAME = 64


def proposal_for(grants: Sequence[Grant], role: Role, policy: Policy, cluster: Cluster) -> Proposal:
    """What makes the registrar give these grants to a role, and no others."""
    if permission_set_of(role) is not None:
        return Proposal(tuple(grants), (), (), _gift(grants, role, policy, cluster))
    keys = keys_for(policy.tag_prefix, cluster.tag)
    values = _values(grant.text for grant in grants)
    tags = tuple(zip(keys[1:], values, strict=False))  # the first key speaks for every cluster
    written = {key for key, _ in tags}
    stale = tuple(key for key in keys[1:] if key in dict(role.tags) and key not in written)
    return Proposal(tuple(grants), tags, stale, _rule(grants, role, policy, cluster))


def _values(words: Iterable[str]) -> list[str]:
    values: list[str] = []
    for word in words:
        if values and len(values[-1]) + 1 + len(word) <= MOST_CHARACTERS:
            values[-1] += f" {word}"
        else:
            values.append(word)
    return values


def _rule(grants: Sequence[Grant], role: Role, policy: Policy, cluster: Cluster) -> str:
    rules = list(policy.rules_for(role, cluster))
    missing = [grant for grant in grants if policy.allowing_rule(grant, rules) is None]
    return _line(role.ref.name, "roles", role.path + role.ref.name, "allow", missing, policy, cluster)


def _gift(grants: Sequence[Grant], role: Role, policy: Policy, cluster: Cluster) -> str:
    """A role of Identity Center cannot be tagged: it is given its grants."""
    given = {grant for rule in policy.rules_for(role, cluster) for grant in rule.give}
    name = permission_set_of(role) or ""
    missing = [grant for grant in grants if grant not in given]
    return _line(name, "permissionSets", name, "give", missing, policy, cluster)


def _line(name: str, whom: str, who: str, how: str, grants: Sequence[Grant], policy: Policy, cluster: Cluster) -> str:
    """A rule on one line; JSON's strings are YAML's."""
    if not grants:
        return ""
    words = ", ".join(_word(grant.text) for grant in grants)
    privileged = ", privileged: true" if any(is_privileged(grant, policy.marks) for grant in grants) else ""
    rule = _unused(f"adopted-{re.sub(r'[^A-Za-z0-9-]', '-', name)}"[:_LONGEST_NAME], policy)
    return (
        f"- {{name: {rule}, {whom}: [{json.dumps(who)}], clusters: [{json.dumps(cluster.tag)}]{privileged}, "
        f"{how}: [{words}]}}"
    )


def _unused(name: str, policy: Policy) -> str:
    taken, number, found = {rule.name for rule in policy.rules}, 2, name
    while found in taken:
        found, number = f"{name[: _LONGEST_NAME - 4]}-{number}", number + 1
    return found


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
