"""Where account and region come from for a cluster that leaves them out of ``registrar.yaml``. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Default:
    """What a cluster takes for a key that it leaves out.

    ``source`` names it in errors. ``find`` gives the value, or raises ``LookupError`` with the end of a sentence that
    begins with the source, such as ``is not set``.
    """

    source: str
    find: Callable[[], str]


@dataclass(frozen=True)
class Defaults:
    """Account and region. The CDK app takes the CDK's, the command line the caller's.

    The function has none: its copy of the file is complete.
    """

    account: Default
    region: Default
