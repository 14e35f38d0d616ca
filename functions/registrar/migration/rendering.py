"""The access entry that gives what a row gives, or why there is none. Pure.

The templates are those of aws-iam-authenticator ``pkg/server/server.go`` (renderTemplate). What an entry may hold: EKS
user guide, "Create access entries", and CreateAccessEntry in the API reference.
"""

from __future__ import annotations

from registrar.marks import SESSION
from registrar.migration.model import CLUSTER_ADMIN, Found, Wanted
from registrar.sinks.role_mapping import RoleMapping

MASTERS = "system:masters"
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_OF_SESSIONS = (SESSION, "{{SessionNameRaw}}")


class NoEntry(Exception):
    """Why a row has no form as an access entry."""


class NeedsPolicy(NoEntry):
    """It has one only with the access policy that stands for ``system:masters``."""


def entry_of(mapping: RoleMapping, principal: Found, cluster_admin_policy: bool) -> Wanted:
    """The entry of that principal with the same username and groups. Raises ``NoEntry``, saying why there is none."""
    username = _username(mapping.username, principal)
    groups = {_known(group, principal) for group in mapping.groups} - {""}
    for group in sorted(groups):
        _check_group(group)
    policies = (CLUSTER_ADMIN,) if MASTERS in groups else ()
    if policies and not cluster_admin_policy:
        raise NeedsPolicy(
            f"EKS takes no group {MASTERS}; with --cluster-admin-policy its entry gets {CLUSTER_ADMIN.name} instead"
        )
    return Wanted(principal.arn, username, tuple(sorted(groups - {MASTERS})), policies)


def _known(text: str, principal: Found) -> str:
    """The text with what is the same in every session of that principal; a user's has no name."""
    rendered = text.replace("{{AccountID}}", principal.account)
    if principal.is_user:
        for template in _OF_SESSIONS:
            rendered = rendered.replace(template, "")
    return rendered


def _username(template: str, principal: Found) -> str:
    username = _known(template, principal)
    for raw in ("{{SessionNameRaw}}", "{{AccessKeyID}}"):
        if raw in username:
            raise NoEntry(f"its username has {raw}, which no access entry renders; {SESSION} is the one that EKS knows")
    before, found, _ = username.partition(SESSION)
    if found and ":" not in before:
        raise NoEntry(f"its username is {username}: EKS asks for a colon before {SESSION}")
    rest = username.replace(SESSION, "")
    if "{{" in rest or "}}" in rest:
        raise NoEntry(f"its username {username!r} has braces that EKS may take for a template")
    for reserved in _RESERVED:
        if username.lower().startswith(reserved):
            raise NoEntry(f"its username begins with {reserved}, which EKS reserves")
    return username or _default_username(principal)


def _default_username(principal: Found) -> str:
    """What EKS itself chooses, for a row without a username: no binding can name an empty one."""
    if principal.is_user:
        return principal.arn
    return f"arn:{principal.partition}:sts::{principal.account}:assumed-role/{principal.name}/{SESSION}"


def _check_group(group: str) -> None:
    if "{" in group or "}" in group:
        raise NoEntry(f"its group {group} is a template, and EKS renders none in groups")
    if group.startswith("system:") and group != MASTERS:
        raise NoEntry(f"EKS takes no group that begins with system: ({group})")
