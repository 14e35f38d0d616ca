"""The binaries of the control plane: pinned, checked against a checksum, cached between labs.

Each binary is looked for in this order, and the next source is asked for what the one before does not have:

1. the folder that ``KUBEBUILDER_ASSETS`` names (whatever version lies there: that is its user's choice);
2. the cache, ``$EKS_REGISTRAR_CACHE``, else ``$XDG_CACHE_HOME/eks-registrar``, else ``~/.cache/eks-registrar``;
3. the official release, where its publisher's checksum is pinned in :mod:`lab.binaries.releases`;
4. a build from the Go modules that ``lab/control-plane-src/go.sum`` pins.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.binaries import build, cache, releases
from lab.binaries.catalogue import CATALOGUE, Binary
from lab.binaries.errors import BinariesError

__all__ = ["CATALOGUE", "BinariesError", "ensure"]

Report = Callable[[str], None]


def ensure(
    names: Sequence[str] = tuple(CATALOGUE), report: Report = print, environment: Mapping[str, str] = os.environ
) -> dict[str, Path]:
    """Find, download or build the named binaries (all by default); ``report`` is told what is being done.

    What is cached takes milliseconds; a first build takes some six minutes on two cores. It can be interrupted at any
    time: what was finished is kept. Two processes do not build at once, the second waits for the first and says so.

    Returns:
        The absolute path of each binary by its name.

    Raises:
        BinariesError: if one can be had from none of the four sources; the sentence says what to do.

    """
    wanted = [CATALOGUE[name] for name in names]
    found = _at_hand(wanted, environment)
    if len(found) < len(wanted):
        with cache.lock(environment, report):
            found |= _at_hand(wanted, environment)
            found |= releases.fetch([item for item in wanted if item.name not in found], report, environment)
            found |= build.build([item for item in wanted if item.name not in found], report, environment)
    return {item.name: found[item.name] for item in wanted}


def _at_hand(wanted: Sequence[Binary], environment: Mapping[str, str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for item in wanted:
        path = _in_assets(item, environment) or cache.lookup(item, environment)
        if path:
            found[item.name] = path
    return found


def _in_assets(item: Binary, environment: Mapping[str, str]) -> Path | None:
    folder = environment.get("KUBEBUILDER_ASSETS")
    path = Path(folder, item.name).absolute() if folder else None
    return path if path and os.access(path, os.X_OK) else None
