"""What should stand in the lab by IAM's tags and the lab's rules alone: a second opinion, made without the product.

The rules of ``lab/registrar.yaml`` in words: everybody may ask for ``view``, ``view@NS``, ``edit@NS`` and
``group=oncall``; ``edit`` in a guarded namespace is privileged, so nobody gets it; roles of nodes are not heard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from stage import ACCOUNT

KEYS = ("eks-registrar", "eks-registrar/lab", *(f"eks-registrar/lab/{n}" for n in range(2, 10)))
GUARDED = ("kube-system", "kube-public", "kube-node-lease", "eks-registrar")
_OUR_USERNAME = re.compile(rf"eks-registrar:{ACCOUNT}:role/(?P<name>[^/:]+):\{{\{{SessionName\}}\}}")
_PLACE = re.compile(r"(view|edit)@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)", re.ASCII)


def rows_for(roles: Iterable[Mapping[str, Any]], claimed: Collection[str], namespaces: Collection[str]) -> list[str]:
    """Our lines of ``mapRoles``, sorted as they should stand.

    ``roles`` are in the shape of GetAccountAuthorizationDetails, ``claimed`` the names (in lower case) of roles for
    which somebody else's row stands, ``namespaces`` those that exist.
    """
    rows = {}
    for role in roles:
        groups = [] if role["RoleName"].lower() in claimed else groups_for(role, namespaces)
        if groups:
            rows[f"arn:aws:iam::{ACCOUNT}:role/{role['RoleName']}"] = line_for(role["RoleName"], groups)
    return [rows[arn] for arn in sorted(rows)]


def line_for(name: str, groups: Iterable[str]) -> str:
    """The line of a role that has these groups."""
    row = {
        "rolearn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "username": f"eks-registrar:{ACCOUNT}:role/{name}:{{{{SessionName}}}}",
        "groups": list(groups),
    }
    return f"- {json.dumps(row)}\n"


def owner_of(row: Mapping[str, Any]) -> str:
    """The name of the role that a row of ours stands for."""
    found = _OUR_USERNAME.fullmatch(row["username"])
    assert found is not None, row
    return found["name"]


def groups_for(role: Mapping[str, Any], namespaces: Collection[str]) -> list[str]:
    """The groups in effect of one role, sorted; what waits for its namespace is not in effect."""
    if "ec2.amazonaws.com" in json.dumps(role["AssumeRolePolicyDocument"]):
        return []
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())}
    words = dict.fromkeys(word for key in KEYS for word in tags.get(key, "").split(" ") if word)
    found = {_group(word, namespaces) for word in list(words)[:32]}
    return sorted(group for group in found if group is not None)


def _group(word: str, namespaces: Collection[str]) -> str | None:
    if word == "group=oncall":
        return "oncall"
    if word == "view":
        return "eks-registrar:view"
    at = _PLACE.fullmatch(word)
    if at is None or at[2] not in namespaces or (at[1] == "edit" and at[2] in GUARDED):
        return None
    return f"eks-registrar:{word}"


def bindings_for(lines: Iterable[str]) -> set[tuple[str, str, str]]:
    """The bindings that rows use, as (namespace or empty, ClusterRole, group): one a group of ours, and no other."""
    groups = {group for line in lines for group in json.loads(line.removeprefix("- "))["groups"]}
    words = (group.partition(":") for group in groups if group.startswith("eks-registrar:"))
    return {(word.partition("@")[2], word.partition("@")[0], f"eks-registrar:{word}") for _, _, word in words}


def is_braked(standing: int, removed: int) -> bool:
    """Whether the design's section 6 stops a sweep that would remove so many of the roles for which rows stand."""
    return removed > max(5, 0.3 * standing) or removed >= standing >= 2
