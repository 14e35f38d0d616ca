"""Whether anybody but the function's role has the registrar's own group (``sinks.way_in``)."""

from __future__ import annotations

from collections.abc import Iterable

from registrar.doctor.deployment import AWS_ERRORS, Deployment
from registrar.doctor.finding import Finding, doubt
from registrar.marks import owner_of_arn
from registrar.model import PrincipalRef
from registrar.sinks.way_in import Holder


def function_role(place: Deployment) -> PrincipalRef | None:
    """The role of the function; ``None`` if this identity may not ask, or if there is no function to ask for."""
    try:
        return owner_of_arn(place.role_arn())
    except AWS_ERRORS:
        return None


def strangers(holders: Iterable[Holder], own: PrincipalRef | None) -> tuple[Holder, ...]:
    """Those that are not of the function's role; if that is not known, all where one of several must be, and marked."""
    every = tuple(holders)
    if own is not None:
        return tuple(one for one in every if owner_of_arn(one.arn) != own)
    return every if len(every) > 1 else tuple(one for one in every if one.marked)


def in_doubt(where: str, what: str, found: Iterable[Holder], kind: str, own: PrincipalRef | None) -> Finding:
    """The finding that names each of them."""
    whose = f"not that of the function's role ({own})" if own else "of which one at most is that of the function's role"
    named = "; ".join(one.words for one in found)
    remedy = (
        f"who has this group acts as the registrar, and no revocation, sweep or purge takes such {kind}: find out who "
        f"wrote it (CloudTrail, the API server's audit log), and take the group out of it, or delete it; what is marked"
        f" as one of ours the next sweep puts right then"
    )
    return doubt(where, what, f"the registrar's own group, {whose}: {named}", remedy)
