"""Small values of a migration: rows as text, principals as IAM has them, entries as EKS has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from registrar.grants import Grant
from registrar.marks import Marks
from registrar.migration.model import Absent, AuthRow, Facts, Found, Item, Principal, Request, Standing
from registrar.migration.plan import Migration, migration
from registrar.migration.rows import read_rows
from registrar.policy import Cluster

ACCOUNT = "123456789012"
CLUSTER = Cluster("prod-1", "prod", ACCOUNT, "eu-west-1", mode="enforce")
MARKS = Marks("eks-registrar")
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
ALL = Request(foreign=True, cluster_admin_policy=True)
FOREIGN = Request(foreign=True)


def role_arn(name: str, path: str = "/") -> str:
    """The ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role{path}{name}"


def row(arn: str, username: str = "", *groups: str) -> str:
    """A row of ``mapRoles``, or with a user's ARN of ``mapUsers``."""
    key = "userarn" if ":user/" in arn else "rolearn"
    listed = "".join(f"\n  - {group!r}" for group in groups)
    return f"- {key}: {arn}\n  username: '{username}'\n  groups:{listed or ' []'}\n"


def found(arn: str, created: datetime = OLD) -> Found:
    """The principal of that ARN."""
    return Found(arn, created)


def standing(
    username: str, *groups: str, kind: str = "STANDARD", policies: tuple[Grant, ...] = (), created: datetime = NEW
) -> Standing:
    """An entry."""
    return Standing(kind, username, groups, policies, created)


def planned(
    *roles: str,
    users: str = "",
    accounts: str = "",
    principals: Mapping[str, Principal] | None = None,
    entries: Mapping[str, Standing] | None = None,
    request: Request = ALL,
    mode: str = "API_AND_CONFIG_MAP",
    cluster: Cluster = CLUSTER,
    bridged: bool = False,
) -> Migration:
    """The plan for these rows. By the ARN of a row: its principal (default: the one of that ARN), and its entry."""
    rows = read_rows({"mapRoles": "".join(roles), "mapUsers": users, "mapAccounts": accounts})

    def facts(one: AuthRow) -> Facts:
        principal = (principals or {}).get(one.arn, found(one.arn) if one.arn else Absent())
        return Facts(principal, (entries or {}).get(one.arn))

    known = {one: facts(one) for one in rows.counting}
    return migration(cluster, MARKS, mode, request, rows, known, bridged)


def only(plan: Migration) -> Item:
    """The one row of a plan."""
    [item] = plan.items
    return item
