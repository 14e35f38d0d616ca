"""Many access entries of a cluster read with few calls, several at once.

EKS describes one entry at a time, and shows the access policies of one entry at a time. But who has a policy at all can
be asked policy by policy (``ListAccessEntries`` with ``associatedPolicyArn``), and most entries of most clusters have
none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, TypeVar

from botocore.config import Config

from registrar.eks.access_entries import EntriesApi
from registrar.eks.entry import AccessEntry
from registrar.errors import EntryAbsent, EntryRefused, Throttled, Unreachable
from registrar.policy import POLICIES_FOR_PEOPLE
from registrar.side_by_side import side_by_side

FEW: Final = 25
"""Up to so many entries each is read by itself: AWS has about as many access policies, each of which is a list."""

SWEEP_SECONDS: Final = 900
SWEEPS_A_DAY: Final = 86_400 // SWEEP_SECONDS

MOST_THROTTLED: Final = 3
"""So often a call is made that ends as throttled, each time after botocore's own tries: of thousands one is unlucky."""

PACED: Final = Config(retries={"mode": "adaptive", "total_max_attempts": 3})
"""Of a client that reads many: one that asks too often learns to ask as often as it may."""

Asked = TypeVar("Asked")
Read = TypeVar("Read")


def describe_all(api: EntriesApi, arns: Sequence[str]) -> tuple[AccessEntry, ...]:
    """The entries of these principals without their access policies; one that has gone since is left out.

    Raises as ``EntriesApi``: an entry that cannot be read is the error of all.
    """
    return tuple(entry for entry in side_by_side(_patient(api.describe), arns) if entry is not None)


def read_all(api: EntriesApi, arns: Sequence[str]) -> tuple[AccessEntry, ...]:
    """The same with the access policies of each, asked for one by one: what stands, whatever the lists say.

    Raises as ``EntriesApi``.
    """
    return tuple(entry for entry in side_by_side(_patient(api.read), arns) if entry is not None)


def having_policies(api: EntriesApi, arns: Sequence[str]) -> frozenset[str]:
    """Of all principals, ``arns``, those whose entries have any access policy, in lower case.

    All of them where EKS lists a policy that it cannot be asked about. Raises as ``EntriesApi``.
    """
    policies = api.access_policies()
    if not {api.policy_arn(name) for name in POLICIES_FOR_PEOPLE} & {*policies}:
        # No list of AWS's would be without: entries would look as if they had no policy, and keep what they have.
        raise Unreachable(
            f"cluster {api.cluster.tag}: EKS lists {len(policies)} access policies, and none that we know"
        )
    try:
        lists = side_by_side(_patient(api.arns), policies)
    except (EntryRefused, EntryAbsent):
        lists = [tuple(arns)]
    return frozenset(arn.lower() for listed in lists for arn in listed)


def in_their_turn(entries: Sequence[AccessEntry], moment: datetime) -> frozenset[str]:
    """Those that are asked for their access policies whatever the lists say: each of them in one sweep a day.

    What can be associated is listed; one that AWS has withdrawn may stand and be in no list.
    """
    now = int(moment.timestamp()) // SWEEP_SECONDS % SWEEPS_A_DAY
    return frozenset(entry.arn.lower() for entry in entries if _turn(entry.arn.lower()) == now)


def _turn(arn: str) -> int:
    return int.from_bytes(hashlib.sha256(arn.encode()).digest()[:8], "big") % SWEEPS_A_DAY


def with_policies(api: EntriesApi, entries: Iterable[AccessEntry], having: AbstractSet[str]) -> tuple[AccessEntry, ...]:
    """The same entries with their access policies, which only those ``having`` any are asked for.

    One that has gone since is left out. Raises as ``EntriesApi``.
    """
    given = list(entries)
    asked = [entry for entry in given if entry.arn.lower() in having]
    found = dict(zip((entry.arn for entry in asked), side_by_side(_patient(api.with_policies), asked), strict=True))
    whole = (found.get(entry.arn, entry) for entry in given)
    return tuple(entry for entry in whole if entry is not None)


def _patient(read: Callable[[Asked], Read]) -> Callable[[Asked], Read]:
    """A read that begins again when EKS asks to slow down: by then the client has (botocore's adaptive mode)."""

    def read_on(asked: Asked) -> Read:
        for _ in range(MOST_THROTTLED - 1):
            try:
                return read(asked)
            except Throttled:
                continue
        return read(asked)

    return read_on
