"""What stands by hand in a cluster, and of each of it what would say the same by tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from registrar.adoption.doors import Doors
from registrar.adoption.model import Standing
from registrar.eks.entry import AccessEntry
from registrar.eks.many_entries import read_all
from registrar.errors import AwsAuthMissing
from registrar.grants import united_policies
from registrar.marks import is_marked, owner_of, owner_of_arn
from registrar.migration.model import Place
from registrar.migration.rows import rows_of
from registrar.model import PrincipalRef, Role
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.conflicts import ForeignClaims
from registrar.sinks.map_roles import ForeignRow, MapRoles

ROWS_ARE_MIGRATED = (
    "cluster {cluster} keeps access entries: `eks-registrar migrate --cluster {cluster}` moves rows of aws-auth"
)


@dataclass(frozen=True)
class Found:
    """What a cluster holds. ``ours`` are the principals that are under the tags already."""

    standing: tuple[Standing, ...]
    ours: frozenset[PrincipalRef]
    rows: MapRoles | None = None
    entries: frozenset[PrincipalRef] = frozenset()

    def rows_of(self, standing: Standing) -> tuple[ForeignRow, ...]:
        """All foreign rows that are for the very ARN of this one."""
        foreign = self.rows.foreign if self.rows else ()
        return tuple(row for row in foreign if _key(row) == standing.arn.casefold())

    def others(self, standing: Standing, role: Role, cluster: str) -> Iterator[str]:
        """What else speaks for the same role: it would win over what is adopted, or make the registrar take it away."""
        mine = () if standing.entry else self.rows_of(standing)
        foreign = self.rows.foreign if self.rows else ()
        claim = ForeignClaims.of(row for row in foreign if row not in mine).on(role.arn)
        if claim is not None:
            yield f"another row of aws-auth speaks for this role, too: {_arn(claim)}. Remove that one first"
        if not standing.entry and role.ref in self.entries:
            yield "an access entry of this role stands, and wins over any row"
        if not standing.entry and "/" in standing.arn.partition(":role/")[2]:
            yield (
                "its ARN has a path, so the authenticator never matches it and nobody gets in by it: remove it, and "
                f"tag the role for cluster {cluster}"
            )


def look(doors: Doors, only: Sequence[str] = ()) -> Found:
    """Read aws-auth or the access entries; of these all, or those of the ARNs in ``only``.

    Raises what reading them raises, but for an aws-auth that is not there beside access entries.
    """
    aws_auth = _aws_auth(doors)
    rows = aws_auth.map_roles if aws_auth else None
    ours = {owner for row in (rows.ours if rows else ()) if (owner := owner_of(row.username, doors.marks)) is not None}
    standing = [*of_rows(aws_auth.map_roles), *of_users(aws_auth.data.get("mapUsers", ""))] if aws_auth else []
    if doors.entries is None:
        return Found(_chosen(standing, only), frozenset(ours), rows)
    if not doors.by_entries:
        present = frozenset(ref for arn in doors.entries.arns() if (ref := owner_of_arn(arn)) is not None)
        return Found(_chosen(standing, only), frozenset(ours), rows, present)
    entries = read_all(doors.entries, _asked(doors.entries.arns(), only))
    marked = {entry.arn for entry in entries if is_marked(entry.tags, entry.groups, doors.marks)}
    ours = {ref for arn in marked if (ref := owner_of_arn(arn)) is not None}
    standing += [_of_entry(entry) for entry in entries if entry.arn not in marked]
    return Found(_chosen(standing, only), frozenset(ours), rows)


def same(arn: str, other: str) -> bool:
    """Whether two ARNs are of one principal: a role's path says nothing."""
    one, two = owner_of_arn(arn), owner_of_arn(other)
    return arn.casefold() == other.casefold() if one is None or two is None else one == two


def _asked(arns: Sequence[str], only: Sequence[str]) -> Sequence[str]:
    return [arn for arn in arns if not only or any(same(arn, one) for one in only)]


def _chosen(standing: Sequence[Standing], only: Sequence[str]) -> tuple[Standing, ...]:
    return tuple(one for one in standing if not only or any(same(one.arn, arn) for arn in only))


def _aws_auth(doors: Doors) -> AwsAuth | None:
    if doors.rows is None:
        return None
    try:
        return doors.rows.read()
    except AwsAuthMissing:
        if doors.by_entries:
            return None
        raise


def of_rows(rows: MapRoles) -> Iterator[Standing]:
    """The foreign rows, each ARN once: the last of them that is not dropped counts.

    Source: aws-iam-authenticator ``pkg/mapper/configmap/configmap.go`` (ParseMap, saveMap).
    """
    by_arn: dict[str, list[ForeignRow]] = {}
    for row in rows.foreign:
        by_arn.setdefault(_key(row), []).append(row)
    for each in by_arn.values():
        mapped = [row for row in each if row.is_mapped]
        username, groups = (mapped[-1].username, mapped[-1].groups) if mapped else ("", ())
        yield Standing(_arn(each[-1]), False, username, groups, doubles=len(each) - 1)


def of_users(text: str) -> Iterator[Standing]:
    """The rows of ``mapUsers``, each ARN once. Raises ``AwsAuthUnreadable``."""
    last = {row.arn: row.mapping for row in rows_of(text, Place.USERS) if row.mapping.is_mapped}
    return (Standing(arn, False, row.username, row.groups) for arn, row in last.items())


def _key(row: ForeignRow) -> str:
    return _arn(row).casefold()


def _arn(row: ForeignRow) -> str:
    """The ARN of a row; of one for a permission set the pattern of its roles' ARNs."""
    if row.rolearn is not None or row.sso is None:
        return row.rolearn or ""
    partition = row.sso.partition or "aws"
    return f"arn:{partition}:iam::{row.sso.account}:role/AWSReservedSSO_{row.sso.permission_set}_*"


def _of_entry(entry: AccessEntry) -> Standing:
    tags: Mapping[str, str] = entry.tags
    return Standing(
        arn=entry.arn,
        entry=True,
        username=entry.username,
        groups=entry.groups,
        policies=united_policies(entry.policies),
        kind=entry.kind,
        created=entry.created,
        tags=tuple(sorted(tags.items())),
    )
