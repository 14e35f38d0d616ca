"""One entry of ``mapRoles`` as the authenticator holds it, decoded by the rules of Go's encoding/json.

Sources: aws-iam-authenticator ``pkg/config/types.go`` (the fields), ``pkg/config/mapper.go`` (Validate), and Go's
``encoding/json``: a value of the wrong type leaves its field empty and the rest of the row stands; keys are folded
(``group`` and U+017F is ``groups``); of several spellings of a key the last in sorted order wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from registrar.sinks.yaml11 import Opaque

Value: TypeAlias = "str | Opaque | Sequence[Value] | Mapping[str, Value]"

PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"})
_ACCOUNT = re.compile(r"[0-9]{12}\Z", re.ASCII)
_PERMISSION_SET = re.compile(r"[\w+=,.@-]{1,32}\Z", re.ASCII)
_SSO_FIELDS = ("permissionsetname", "accountid", "partition")


class CannotJudge(ValueError):
    """The authenticator reads this in a way that depends on its memory; no sane tool writes it."""


@dataclass(frozen=True)
class SsoMatcher:
    """The ``sso`` part of a row: every role of one Identity Center permission set in one account."""

    permission_set: str = ""
    account: str = ""
    partition: str = ""


@dataclass(frozen=True)
class RoleMapping:
    """One entry of ``mapRoles``; a field that is missing or of a wrong type is empty."""

    rolearn: str | None = None
    sso: SsoMatcher | None = None
    username: str = ""
    groups: tuple[str, ...] = ()
    userid: str = ""

    @property
    def is_for_nodes(self) -> bool:
        """Whether it gives a group of nodes."""
        return any(group.startswith("system:node") or group == "system:bootstrappers" for group in self.groups)

    @property
    def is_mapped(self) -> bool:
        """Whether the authenticator keeps the row (RoleMapping.Validate); otherwise it drops this row alone."""
        if self.sso is None or self.rolearn is not None:
            return self.sso is None and self.rolearn is not None
        known_partition = self.sso.partition == "" or self.sso.partition in PARTITIONS
        return (
            _ACCOUNT.match(self.sso.account) is not None
            and _PERMISSION_SET.match(self.sso.permission_set) is not None
            and known_partition
        )


def without_role_path(arn: str) -> str:
    """Of a role the ARN without its path, of anybody else as it is."""
    prefix, mark, resource = arn.partition(":role/")
    return prefix + mark + resource.rpartition("/")[2]


def decode(value: Value, arn: str = "rolearn") -> RoleMapping:
    """Decode one element of the list; what is no mapping becomes the empty row, which the authenticator drops.

    In ``mapUsers`` the ``arn`` stands in ``userarn``, and there is no ``sso``. Raises CannotJudge for two spellings of
    ``groups`` of which the later has elements that are not text.
    """
    if not isinstance(value, Mapping):
        return RoleMapping()
    texts: dict[str, str] = {}
    sso: SsoMatcher | None = None
    groups: tuple[str, ...] | None = None
    for key in sorted(value):
        name, field = fold(key), value[key]
        if name == "sso" and arn == "rolearn":
            sso = _decode_sso(field, sso)
        elif name == "groups":
            groups = _decode_groups(field, groups)
        elif name in (arn, "username", "userid") and isinstance(field, str):
            texts[name] = field
    return RoleMapping(texts.get(arn) or None, sso, texts.get("username", ""), groups or (), texts.get("userid", ""))


def fold(key: str) -> str:
    """Fold a key as encoding/json does; only U+017F and ASCII can make one of the names in question."""
    return key.replace("\u017f", "s").lower() if not key.isascii() else key.lower()


def _decode_groups(field: Value, before: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if field is Opaque.NULL:
        return None
    if isinstance(field, (str, Opaque, Mapping)):
        return before
    if before is not None and not all(isinstance(element, str) for element in field):
        raise CannotJudge("the key groups stands twice, and one of its values is not a list of strings")
    return tuple(element if isinstance(element, str) else "" for element in field)


def _decode_sso(field: Value, before: SsoMatcher | None) -> SsoMatcher | None:
    if field is Opaque.NULL:
        return None
    known = before or SsoMatcher()
    texts = dict(zip(_SSO_FIELDS, (known.permission_set, known.account, known.partition), strict=True))
    if isinstance(field, Mapping):
        for key in sorted(field):
            name, text = fold(key), field[key]
            if name in _SSO_FIELDS and isinstance(text, str):
                texts[name] = text
    return SsoMatcher(*(texts[name] for name in _SSO_FIELDS))
