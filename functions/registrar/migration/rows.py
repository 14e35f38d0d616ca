"""Which rows of an aws-auth count, and which of them for nobody. Pure.

Source: aws-iam-authenticator ``pkg/mapper/configmap`` (ParseMap, saveMap, Map) and ``pkg/config/mapper.go``.
``mapRoles`` is asked before ``mapUsers``, and whatever stands in ``rolearn`` is compared with the caller's whole ARN.
Of rows with the same key the last counts; the key of a role is its ARN in lower case, that of a user its ARN as it
stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from registrar.errors import AwsAuthUnreadable
from registrar.migration.model import AuthRow, Place
from registrar.sinks.authenticator_yaml import is_skipped, read_body, read_users
from registrar.sinks.body import Body
from registrar.sinks.yaml_tree import Collection, Scalar, parse

ACCOUNTS = "mapAccounts"
READERS: Mapping[Place, Callable[[str], Body]] = {Place.ROLES: read_body, Place.USERS: read_users}


@dataclass(frozen=True)
class AuthRows:
    """``counting`` are the rows that may let somebody in, ``idle`` those that let nobody in, and why.

    ``accounts`` are those of ``mapAccounts``.
    """

    counting: tuple[AuthRow, ...]
    idle: tuple[tuple[AuthRow, str], ...]
    accounts: tuple[str, ...]


def read_rows(data: Mapping[str, str]) -> AuthRows:
    """The rows of the ``data`` of an aws-auth.

    Raises ``AwsAuthUnreadable``, naming key and line, for what the authenticator cannot read or we cannot judge.
    """
    roles, users = (rows_of(data.get(place, ""), place) for place in (Place.ROLES, Place.USERS))
    counting_roles, idle_roles = _last_of_each(roles, _role_key)
    counting_users, idle_users = _last_of_each(users, lambda row: row.arn)
    by_roles = {row.arn.lower(): row for row in counting_roles if row.arn}
    behind = [(row, by_roles[row.arn.lower()]) for row in counting_users if row.arn.lower() in by_roles]
    idle = [*idle_roles, *idle_users, *((row, f"mapRoles is asked first: its row {by.number}") for row, by in behind)]
    first = {id(row) for row, _ in behind}
    counting = (*counting_roles, *(row for row in counting_users if id(row) not in first))
    return AuthRows(counting, tuple(idle), _accounts(data.get(ACCOUNTS, "")))


def doubtful(rows: Sequence[AuthRow]) -> dict[str, int]:
    """ARNs of users (lower-case) that several counting rows spell in different case: any of them may be taken."""
    counts: dict[str, int] = {}
    for row in rows:
        if row.place is Place.USERS:
            counts[row.arn.lower()] = counts.get(row.arn.lower(), 0) + 1
    return {arn: count for arn, count in counts.items() if count > 1}


def rows_of(text: str, place: Place) -> tuple[AuthRow, ...]:
    """All rows of one key, in their order. Raises ``AwsAuthUnreadable``, naming key and line."""
    try:
        body = READERS[place](text)
    except AwsAuthUnreadable as error:
        problem = str(error).replace(Place.ROLES, place, 1)
        raise AwsAuthUnreadable(f"{problem} Repair it first: the authenticator may map nobody by it") from error
    return tuple(AuthRow(place, number, entry.mapping) for number, entry in enumerate(body.entries, 1))


def _role_key(row: AuthRow) -> Hashable:
    return row.mapping.sso if row.mapping.sso is not None else row.arn.lower()


def _last_of_each(
    rows: Sequence[AuthRow], key: Callable[[AuthRow], Hashable]
) -> tuple[tuple[AuthRow, ...], tuple[tuple[AuthRow, str], ...]]:
    mapped = [row for row in rows if row.mapping.is_mapped]
    last = {key(row): row for row in mapped}
    dropped = ((row, "the authenticator drops it: it names nobody, or both a role and sso") for row in _unmapped(rows))
    earlier = (
        (row, f"row {last[key(row)].number} of the same ARN comes later, and the last one counts")
        for row in mapped
        if last[key(row)] is not row
    )
    return tuple(row for row in mapped if last[key(row)] is row), (*dropped, *earlier)


def _unmapped(rows: Sequence[AuthRow]) -> Iterator[AuthRow]:
    return (row for row in rows if not row.mapping.is_mapped)


def _accounts(text: str) -> tuple[str, ...]:
    """A list of scalars, each taken as it is written, quoted or not (``go.yaml.in/yaml/v2``, into strings)."""
    if is_skipped(text):
        return ()
    try:
        root = parse(text).root
    except AwsAuthUnreadable as error:
        raise AwsAuthUnreadable(str(error).replace(Place.ROLES, ACCOUNTS, 1)) from error
    if not isinstance(root, Collection) or root.is_mapping:
        return ()
    return tuple(dict.fromkeys(node.text for node in root.children if isinstance(node, Scalar)))
