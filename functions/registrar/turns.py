"""Which cluster comes first in a sweep. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from registrar.policy import Cluster


def in_turn(clusters: Sequence[Cluster], now: datetime) -> tuple[Cluster, ...]:
    """The clusters in an order that the second of ``now`` decides: each comes first in its turn, and after each other.

    By a hash of both: sweeps come every 900 seconds, which is a multiple of most counts of clusters, and by a remainder
    the same one would come first for ever. And an order that only turned round would leave whoever stands behind a
    large cluster behind it.
    """
    second = int(now.timestamp())
    return tuple(sorted(clusters, key=lambda one: hashlib.sha256(f"{second} {one.tag}".encode()).digest()))
