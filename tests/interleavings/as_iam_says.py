"""What stands in a cluster held against what IAM says: worked out here without the registrar's own code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from lab.memory.requests import RoleRecord
from lab.memory.world import World
from registrar.sinks.aws_auth import PATH
from tests.interleavings.registrar_actors import ACCOUNT, TAG
from tests.interleavings.rows_of_text import foreign_arns, line, our_rows, theirs

RBAC = "/apis/rbac.authorization.k8s.io/v1"
MARK = {"app.kubernetes.io/managed-by": "eks-registrar"}
Roles = Mapping[str, RoleRecord]


def granted(roles: Roles, arn: str) -> set[str]:
    """The groups, and access policies, that the tag of a role asks for; every scenario's policy allows them all."""
    found = roles.get(arn.rsplit("/", 1)[1])
    words = dict(found.tags).get(TAG, "").split() if found else []
    return {_right(word) for word in words}


def _right(word: str) -> str:
    """A grant as it is kept: the name of a group; an access policy as its tag spells it."""
    if word.startswith("policy="):
        return word
    return word.removeprefix("group=") if word.startswith("group=") else f"eks-registrar:{word}"


def difference(
    world: World,
    roles: Roles,
    *,
    before_sweep: bool = False,
    claimed: AbstractSet[str] = frozenset(),
    used_by_others: AbstractSet[str] = frozenset(),
) -> str | None:
    """Whether rows and bindings are what IAM says, as far as the cluster has room for it.

    Before a sweep others may have changed the form of our rows, and there may be a binding that no row uses: it gives
    nobody anything. For whoever is ``claimed``, somebody else's access entry speaks.
    """
    text, wanted = text_of(world), dict[str, tuple[str, ...]]()
    for name in sorted(roles):
        arn = f"arn:aws:iam::{ACCOUNT}:role/{roles[name].name}"
        groups = tuple(sorted(group for group in granted(roles, arn) if not hindered(world, group)))
        if groups and arn not in foreign_arns(text) | claimed:
            wanted[arn] = groups
    expected = "".join(line(arn, groups) for arn, groups in sorted(wanted.items()))
    if (dict(our_rows(text)) != wanted) if before_sweep else (text != expected + theirs(text)):
        return f"aws-auth is\n{text}and should be\n{expected + theirs(text)}"
    used = {group for groups in wanted.values() for group in groups if group.startswith("eks-registrar:")}
    return bindings_difference(world, used | used_by_others, before_sweep=before_sweep)


def bindings_difference(world: World, used: set[str], *, before_sweep: bool = False) -> str | None:
    """Whether there is a binding of ours for each group that is used and, after a sweep, for no other."""
    standing = {group for group in map(_group_of, _marked(world)) if group is not None}
    right = used <= standing if before_sweep else used == standing
    return None if right else f"there are bindings for {sorted(standing)}, and should be for {sorted(used)}"


def _marked(world: World) -> list[dict[str, Any]]:
    """The bindings that carry our mark."""
    found = (loaded(stored.text) for path, stored in world.api.objects if "bindings/" in path)
    return [body for body in found if body is not None and body["metadata"].get("labels") == MARK]


def _group_of(body: dict[str, Any]) -> str | None:
    """The group that a binding of ours is right for; a wrong one is named with what is wrong."""
    place = body["metadata"].get("namespace")
    group = body["metadata"]["name"] + (f"@{place}" if place else "")
    right = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}]
    return group if body["subjects"] == right else f"{group} with the subjects {body['subjects']}"


def hindered(world: World, group: str) -> bool:
    """Whether a grant waits for its namespace, or a foreign binding has its name."""
    name, _, place = group.partition("@")
    if not group.startswith("eks-registrar:"):
        return False
    path = f"{RBAC}/namespaces/{place}/rolebindings/{name}" if place else f"{RBAC}/clusterrolebindings/{name}"
    found = world.api.find(path)
    if found is not None:
        return bool(found["metadata"].get("labels") != MARK)
    namespace = world.api.find(f"/api/v1/namespaces/{place}") if place else {"metadata": {}}
    return namespace is None or bool(namespace["metadata"].get("deletionTimestamp"))


def text_of(world: World) -> str:
    """The body of ``mapRoles``."""
    found = loaded(dict(world.api.objects)[PATH].text)
    return str(found["data"]["mapRoles"])


@cache
def loaded(text: str | None) -> Any:
    """An object as the API server keeps it; ``None`` for one that is not there."""
    return None if text is None else json.loads(text)
