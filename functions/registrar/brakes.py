"""What a plan over many principals may not do by itself: remove much at once. Pure.

The removals of one account in one cluster stop that cluster's plan if they are more than ``max(5, 30 %)`` of the
account's rows there, or all of them where there are two or more, or if IAM named no role at all. An event cannot trip a
brake: it removes nobody but the principals that it names. A person overrides a brake by the hash of the plan, which is
another as soon as the plan would do anything else.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from registrar.held import Held
from registrar.marks import Marks
from registrar.model import Row
from registrar.plan import Change, Plan

ALWAYS_ALLOWED = 5
SHARE = 0.30


def brake(plan: Plan, held: Held, marks: Marks, roles_read: dict[str, int]) -> str | None:
    """Why this plan is not carried out by itself; ``None`` if it may be.

    ``roles_read`` counts, by account, the roles that IAM named.
    """
    # By owner: somebody who doubled our rows must not make half of them look like all that stands.
    standing = Counter(owner.account for owner in held.owners(marks))
    removed = Counter(change.ref.account for change in plan.changes if change.after is None)
    for account, count in sorted(standing.items()):
        if roles_read.get(account) == 0:
            return f"IAM names no role at all in account {account}, and {_rows(count)} of ours stand for it"
        gone = removed[account]
        if gone >= count >= 2:
            return f"all {count} rows of account {account} would be removed"
        if gone > max(ALWAYS_ALLOWED, SHARE * count):
            return f"{gone} of {_rows(count)} of account {account} would be removed, more than {_limit(count)}"
    return None


def plan_hash(cluster: str, plan: Plan) -> str:
    """The first 16 hex digits of a SHA-256 over everything that the plan would do in the cluster of that tag."""
    told = {
        "cluster": cluster,
        "changes": sorted(_told(change) for change in plan.changes),
        "make": sorted(binding.group for binding in plan.make),
        "drop": sorted(binding.group for binding in plan.drop),
        "rewrites": plan.rows is not None,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _told(change: Change) -> list[str | list[str]]:
    return [str(change.ref), _row(change.before), _row(change.after)]


def _row(row: Row | None) -> list[str]:
    return [] if row is None else [row.arn, row.username, row.role_id, *row.rights]


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _limit(count: int) -> str:
    return f"{max(ALWAYS_ALLOWED, int(SHARE * count))}"
