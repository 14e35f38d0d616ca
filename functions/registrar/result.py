"""What one run did in one cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registrar.errors import RegistrarError, Retry
from registrar.model import Desired, PrincipalRef
from registrar.plan import Plan
from registrar.policy import Cluster


@dataclass(frozen=True)
class ClusterResult:
    """What was done in one cluster. ``plan`` is ``None`` where it could not even be made.

    ``errors`` are by principal, ``failure`` is of the cluster as a whole; ``written`` says whether anything was sent;
    ``tries`` counts the rounds. ``braked`` says why a plan was not carried out, ``hashed`` names that plan. ``whole``:
    everybody was in question, not only the principals of some events. ``rows`` are ours, ``entries`` all access entries
    of the cluster (``None``: not counted), ``left`` those of ``rows`` that stand in the form which is not written, and
    ``dead`` says which of the entries that are not ours give nobody anything, ``hidden`` which of ours somebody has put
    out of our reach. ``kept`` are those with an error in whose case something was to be taken away, and still stands.
    """

    cluster: Cluster
    wanted: tuple[Desired, ...] = ()
    plan: Plan | None = None
    errors: Mapping[PrincipalRef, RegistrarError] = field(default_factory=dict)
    failure: RegistrarError | None = None
    written: bool = False
    tries: int = 0
    aws_auth_bytes: int = 0
    rows: int = 0
    entries: int | None = None
    left: int = 0
    dead: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    braked: str | None = None
    hashed: str = ""
    whole: bool = False
    kept: frozenset[PrincipalRef] = frozenset()

    @property
    def left_open(self) -> tuple[RegistrarError, ...]:
        """The errors that leave a sweep undone: of the cluster, what another try could settle, what was not revoked.

        That somebody cannot be given something is told, and leaves nothing undone.
        """
        own = [error for ref, error in self.errors.items() if ref in self.kept or isinstance(error, Retry)]
        return (*([self.failure] if self.failure is not None else []), *own)

    @property
    def complete(self) -> bool:
        """Whether nothing is left undone; what stands against single grants stays told."""
        return self.plan is not None and not self.left_open and self.braked is None
