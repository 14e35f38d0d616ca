"""Which cluster comes first in a sweep. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from registrar.policy import Cluster


def in_turn(clusters: Sequence[Cluster], now: datetime) -> tuple[Cluster, ...]:
    """The clusters in their order, begun by one that the second of ``now`` decides: each comes first in its turn.

    By a hash, not by a remainder: sweeps come every 900 seconds, which is a multiple of most counts of clusters, and
    then the same one would come first for ever.
    """
    if not clusters:
        return ()
    digest = hashlib.sha256(str(int(now.timestamp())).encode()).digest()
    first = int.from_bytes(digest[:8], "big") % len(clusters)
    return (*clusters[first:], *clusters[:first])
