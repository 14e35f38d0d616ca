"""The rights before and after, held against each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from registrar.adoption.model import Comparison
from registrar.adoption.probes import Probe
from registrar.grants import Grant, united_policies


def compared(
    before: Mapping[Probe, bool],
    after: Mapping[Probe, bool],
    policies: tuple[Sequence[Grant], Sequence[Grant]],
    losses: Sequence[str],
    *,
    forecast: bool,
) -> Comparison:
    """Compare the answers to the same questions, and the access policies (before, after).

    ``losses`` are those that no question can show.
    """
    gained = [probe.text for probe in sorted(after) if after[probe] and not before[probe]]
    lost = [probe.text for probe in sorted(before) if before[probe] and not after[probe]]
    old, new = ({grant.text for grant in united_policies(each)} for each in policies)
    return Comparison(
        gains=(*sorted(new - old), *gained),
        losses=(*losses, *sorted(old - new), *lost),
        asked=len(before),
        forecast=forecast,
    )


def compared_by_name(
    before: tuple[Iterable[str], Sequence[Grant]], after: tuple[Iterable[str], Sequence[Grant]]
) -> Comparison:
    """Compare groups and access policies by their names: where no Kubernetes call is made, nobody can be asked."""
    old, new = (
        {*(f"group {group}" for group in groups), *(grant.text for grant in united_policies(policies))}
        for groups, policies in (before, after)
    )
    return Comparison(tuple(sorted(new - old)), tuple(sorted(old - new)), 0, forecast=False)
