"""What EKS refuses in an access entry.

Source: EKS user guide, "Create access entries" and "Associate access policies with access entries"; CreateAccessEntry
in the API reference; for tags "Organize Amazon EKS resources with tags".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lab.aws.eks.errors import EksError, bad_input
from lab.aws.eks.model import STANDARD, Principal, Scope

NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
PASSED_TYPES = ("EC2_LINUX", "EC2_WINDOWS")
"""Types for which the caller needs ``iam:PassRole``."""
MAX_TAGS = 50

_RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_RESERVED_GROUPS = "system:"
_RESERVED_TAGS = "aws:"
_SESSION = "{{SessionName}}"
_BY_SESSION = ("FARGATE_LINUX", "HYBRID_LINUX")
_NAMESPACE = re.compile(r"[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?")


def check_type(kind: str, principal: Principal, account: str, params: Mapping[str, Any]) -> None:
    """What the type of an entry asks of its principal and leaves to it. ``account`` is the cluster's."""
    if kind == STANDARD:
        return
    if kind not in NODE_TYPES:
        raise bad_input("CreateAccessEntry", f"The type {kind} is invalid, it must be one of {_types()}")
    if principal.kind != "role" or principal.account != account:
        raise bad_input("CreateAccessEntry", f"The principalArn of type {kind} must be a role of account {account}")
    for member in ("username", "kubernetesGroups"):
        if params.get(member):
            raise bad_input("CreateAccessEntry", f"The {member} can't be specified for type {kind}")


def username_of(kind: str, principal: Principal) -> str:
    """The username that EKS chooses where none is given."""
    if kind in _BY_SESSION:
        return f"system:node:{_SESSION}"
    if kind != STANDARD:
        return "system:node:{{EC2PrivateDNSName}}"
    if principal.kind == "user":
        return principal.arn
    return f"arn:{principal.partition}:sts::{principal.account}:assumed-role/{principal.name}/{_SESSION}"


def check_username(operation: str, username: str) -> None:
    """Reserved beginnings, and the colon before the session's name."""
    if not username:
        raise bad_input(operation, "The username must not be empty")
    for reserved in _RESERVED_USERNAMES:
        if username.startswith(reserved):
            raise bad_input(operation, f"The username must not begin with {reserved}")
    before, found, _ = username.partition(_SESSION)
    if found and ":" not in before:
        raise bad_input(operation, f"The username must contain a colon before {_SESSION}")


def check_groups(operation: str, groups: Iterable[str]) -> None:
    """No group of Kubernetes' own."""
    for group in groups:
        if group.startswith(_RESERVED_GROUPS):
            raise bad_input(
                operation, f"The kubernetes group name {group} is invalid, it cannot start with {_RESERVED_GROUPS}"
            )
        if not group:
            raise bad_input(operation, "The kubernetes group name must not be empty")


def check_tags(operation: str, present: Iterable[str], asked: Mapping[str, str]) -> None:
    """No tag of AWS's own, and not too many in all. Lengths are the service model's."""
    for text in (*asked, *asked.values()):
        if text.lower().startswith(_RESERVED_TAGS):
            raise bad_input(operation, f"Tag keys and values must not begin with {_RESERVED_TAGS} (reserved): {text}")
    if len({*present, *asked}) > MAX_TAGS:
        raise bad_input(operation, f"The number of tags exceeds the limit of {MAX_TAGS} tags per resource")


def check_scope(asked: Mapping[str, Any]) -> Scope:
    """The scope of an association. EKS does not look whether a namespace exists."""
    operation, kind = "AssociateAccessPolicy", asked.get("type")
    namespaces: Sequence[str] = asked.get("namespaces", ())
    if kind is None:
        raise bad_input(operation, "The accessScope must have a type")
    if kind == "cluster" and namespaces:
        raise bad_input(operation, "Namespaces can't be specified for the accessScope of type cluster")
    if kind == "namespace" and not namespaces:
        raise bad_input(operation, "Namespaces must be specified for the accessScope of type namespace")
    for namespace in namespaces:
        if not _NAMESPACE.fullmatch(namespace):
            raise bad_input(operation, f"The namespace {namespace} in the accessScope is invalid")
    return Scope(kind, tuple(dict.fromkeys(namespaces)))


def refuse_policies_on_nodes(kind: str) -> None:
    """EKS itself grants the other types what they need."""
    if kind != STANDARD:
        raise EksError(
            "InvalidRequestException", f"Access policies can't be associated with an access entry of type {kind}"
        )


def _types() -> str:
    return ", ".join((STANDARD, *NODE_TYPES))
