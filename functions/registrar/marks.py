"""The names that mark what is ours in a cluster: usernames, groups, bindings, labels.

No state is kept elsewhere: who owns an object can be read off the object itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registrar.grants import Grant, GrantKind, united_policies
from registrar.model import Binding, PrincipalKind, PrincipalRef, Role, Row

MANAGED_BY = "app.kubernetes.io/managed-by"
SESSION = "{{SessionName}}"

# Groups are read back from aws-auth, where anybody may have written: nothing else may reach a request's path.
_GROUP = re.compile(r"(?P<role>[A-Za-z0-9][A-Za-z0-9._:-]*)(@(?P<namespace>[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?))?")
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):role/(?:[^*?]*/)?(?P<name>[\w+=,.@-]{1,64})", re.ASCII)
_USERNAME = re.compile(r"(?P<account>[^:]+):role/(?P<name>[^/:]+):\{\{SessionName\}\}")


@dataclass(frozen=True)
class Marks:
    """By what we know what is ours: the installation's name, and the names that it had before.

    What is written carries the first; what carries another is ours all the same, until it is written again.
    """

    installation: str
    formerly: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every name, today's first."""
        return (self.installation, *self.formerly)

    def without(self, text: str) -> str | None:
        """What follows one of the names and a colon; ``None`` if the text begins with none of them."""
        for name in self.all:
            if text.startswith(f"{name}:"):
                return text[len(name) + 1 :]
        return None

    def former_grant(self, group: str) -> str | None:
        """The grant's text of a group that a former name stands before; ``None`` for any other group."""
        return None if group.startswith(f"{self.installation}:") else self.without(group)


def controller_group(installation: str) -> str:
    """The Kubernetes group of the registrar itself, outside the prefix of the groups that it grants."""
    return f"{installation}-controller"


def is_way_in(groups: Iterable[str], marks: Marks) -> bool:
    """Whether a row or an access entry with these groups is the registrar's own, under today's name or a former one.

    Then it is never planned against, whatever else it carries: tags and usernames can be edited.
    """
    return not {controller_group(name) for name in marks.all}.isdisjoint(groups)


def username_of(ref: PrincipalRef, installation: str) -> str:
    """The username of a row of ours: ``eks-registrar:123456789012:role/NAME:{{SessionName}}``."""
    return f"{installation}:{ref.account}:{ref.kind.value}/{ref.name}:{SESSION}"


def owner_of(username: str, marks: Marks) -> PrincipalRef | None:
    """The principal that a username of ours stands for; ``None`` if it cannot be read as one.

    One that merely begins like ours (``eks-registrar:lambda``, written by hand) is foreign.
    """
    rest = marks.without(username)
    found = _USERNAME.fullmatch(rest) if rest is not None else None
    if found is None:
        return None
    return PrincipalRef(found["account"], PrincipalKind.ROLE, found["name"])


def is_our_row(username: str, groups: Iterable[str], marks: Marks) -> bool:
    """Whether a row of aws-auth is ours: by its username, and not if it is the registrar's own way in."""
    return owner_of(username, marks) is not None and not is_way_in(groups, marks)


def row_for(role: Role, groups: tuple[str, ...], installation: str) -> Row:
    """The row that gives ``groups`` to a role."""
    return Row(role.arn_without_path, username_of(role.ref, installation), tuple(sorted(set(groups))))


def role_id_tag(installation: str) -> str:
    """The tag of an access entry of ours that holds the RoleId which the entry is bound to."""
    return f"{installation}/role-id"


def entry_tags(role_id: str, installation: str) -> dict[str, str]:
    """The tags that mark an access entry as ours, bound to the role of that RoleId."""
    return {MANAGED_BY: installation, role_id_tag(installation): role_id}


def mark_of_tags(tags: Mapping[str, str], marks: Marks) -> str | None:
    """The name, of today or a former one, by which the tags of an access entry mark it as ours; else ``None``.

    Both tags must be there: one label that somebody spreads over everything must not make an administrator's entry
    ours, since what is ours and asked for by nobody is deleted.
    """
    name = tags.get(MANAGED_BY)
    return name if name in marks.all and role_id_tag(name) in tags else None


def is_marked(tags: Mapping[str, str], groups: Iterable[str], marks: Marks) -> bool:
    """Whether an access entry is marked as ours by its tags, and is not the registrar's own way in."""
    return mark_of_tags(tags, marks) is not None and not is_way_in(groups, marks)


def owner_of_arn(arn: str) -> PrincipalRef | None:
    """The role of an IAM ARN, with or without a path; ``None`` for any other principal."""
    found = _ROLE_ARN.fullmatch(arn)
    return PrincipalRef(found["account"], PrincipalKind.ROLE, found["name"]) if found else None


def owner_of_row(row: Row, marks: Marks) -> PrincipalRef | None:
    """The principal that a row or an entry of ours stands for: anybody can edit an entry's username, nobody its ARN."""
    return owner_of_arn(row.arn) if row.entry else owner_of(row.username, marks)


def entry_for(role: Role, groups: tuple[str, ...], policies: Iterable[Grant], installation: str) -> Row:
    """The access entry that gives ``groups`` and ``policies`` to a role."""
    username, sorted_groups = username_of(role.ref, installation), tuple(sorted(set(groups)))
    return Row(role.arn, username, sorted_groups, True, role.role_id, united_policies(policies))


def group_of(grant: Grant, installation: str) -> str | None:
    """The Kubernetes group that carries a grant; ``None`` for an EKS access policy, which no group carries."""
    if grant.kind is GrantKind.CLUSTER_ROLE:
        return f"{installation}:{grant.text}"
    return grant.name if grant.kind is GrantKind.GROUP else None


def binding_of(group: str, marks: Marks) -> Binding | None:
    """The RBAC binding that stands behind a group of ours; ``None`` for any other group."""
    rest = marks.without(group)
    found = _GROUP.fullmatch(rest) if rest is not None else None
    if rest is None or found is None:
        return None
    mark = group[: -len(rest) - 1]
    return Binding(group, found["role"], found["namespace"], f"{mark}:{found['role']}", mark)
