"""A plan brought about in one cluster: the last of the four stages.

    granting    make bindings → write rows
    revoking    write rows → drop bindings

A crash in between heals with the next run. What cannot be granted stops nothing else, least of all a revocation: a
binding that cannot be made fails its own grants, and a write that the cluster denies is sent once more with nothing in
it that grows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from registrar.errors import (
    DeniedByAdmission,
    RegistrarError,
    Retry,
    TooLarge,
    WriteConflict,
    WriteWouldHarm,
    decisive,
    united,
)
from registrar.model import Binding, PrincipalRef, RbacView
from registrar.plan import Plan
from registrar.sinks.place import Place
from registrar.sinks.rbac import Bindings, is_missing_place
from registrar.situation import Situation


@dataclass(frozen=True)
class Applied:
    """The plan that was really brought about, and the principals for whom not all was done, and why.

    ``kept`` are those of them who still have what the plan was to take away; ``failure`` is what concerns none of them,
    a binding that nobody has or had. ``braked`` says why no row was written: what was left of the plan would have
    removed too much.
    """

    plan: Plan
    failed: Mapping[PrincipalRef, RegistrarError]
    braked: str | None = None
    kept: frozenset[PrincipalRef] = frozenset()
    failure: RegistrarError | None = None


# Why a plan may not be carried out; ``None`` if it may.
Brake = Callable[[Plan], str | None]


def apply(situation: Situation, plan: Plan, rows: Place, bindings: Bindings, brake: Brake) -> Applied:
    """Bring a plan about.

    What cannot be granted falls out of the plan, and then it may remove more than the one that ``brake`` has let pass:
    so each plan is shown to it before its rows are written.

    Raises ``WriteConflict`` if aws-auth or a binding was changed meanwhile, and tells it of the principals whose access
    entry was: then all begins again with a new reading.
    Raises any other ``RegistrarError`` if the rows could not be written at all, or not be read again.
    """
    view, failed = _make(plan, situation.view, bindings)
    if view != situation.view:
        situation = replace(situation, view=view)
        plan = situation.plan()
        braked = brake(plan)
        if braked is not None:
            return Applied(plan, _by_principal(failed, situation, plan), braked)
    written = _write(situation, plan, rows, brake)
    failed |= _drop(written.plan, view, rows, bindings)
    failures = united(written.failed, _by_principal(failed, situation, written.plan))
    theirs = {group for _, groups in _concerned(situation, written.plan) for group in groups}
    untold = [error for group, error in failed.items() if group not in theirs]
    return replace(written, failed=failures, failure=decisive(untold) if untold else None)


def _make(plan: Plan, view: RbacView, bindings: Bindings) -> tuple[RbacView, dict[str, RegistrarError]]:
    """Make the bindings; the view that comes back says which of them cannot be in effect, the errors say why.

    After one that may succeed later no other is tried: an API server that does not answer would eat up the time in
    which rows can still be taken away.
    """
    missing, failed = dict(view.missing), dict[str, RegistrarError]()
    later: Retry | None = None
    for binding in plan.make:
        error = later or _make_one(binding, view, bindings)
        if error is None:
            continue
        if is_missing_place(error):
            missing[binding.group] = f"namespace {binding.namespace}"
        else:
            failed[binding.group] = error
            later = error if isinstance(error, Retry) else None
    reasons = {group: str(error) for group, error in failed.items()}
    return replace(view, missing=missing, failed={**view.failed, **reasons}), failed


def _make_one(binding: Binding, view: RbacView, bindings: Bindings) -> RegistrarError | None:
    try:
        bindings.make(binding, view)
    except WriteConflict:
        raise
    except RegistrarError as error:
        return error
    return None


def _write(situation: Situation, plan: Plan, rows: Place, brake: Brake) -> Applied:
    """Write the rows. If the cluster denies that, what only takes away is tried by itself: it may pass.

    A rule that was added without applying the manifests again must not keep anybody in. What moves from one form to the
    other goes first along with it: else an entry that gives too much would go, and nothing come in its place.
    """
    if plan.rows is None:
        return Applied(plan, {})
    try:
        return _without(plan, rows.write(situation.current, plan.rows))
    except _DENIALS as error:
        tried, denial = [plan.rows], error
    for moving in (True, False):
        less = situation.plan(growing=False, moving=moving)
        if less.rows is None or less.rows in tried or brake(less) is not None:
            continue
        try:
            done = _without(less, rows.write(situation.current, less.rows))
        except _DENIALS:
            tried.append(less.rows)
            continue
        return replace(done, failed={**done.failed, **_not_done(plan, less, denial)})
    raise denial


_DENIALS = (DeniedByAdmission, WriteWouldHarm, TooLarge)


def _not_done(plan: Plan, less: Plan, denial: RegistrarError) -> dict[PrincipalRef, RegistrarError]:
    return {change.ref: denial for change in plan.changes if change not in less.changes}


def _without(plan: Plan, refused: Mapping[PrincipalRef, RegistrarError]) -> Applied:
    """The plan without the changes that were refused, each by itself: what they would have replaced still stands."""
    fallen = [change for change in plan.changes if change.ref in refused]
    revoked = frozenset(change.ref for change in fallen if change.revokes)
    meant = {change.after for change in fallen}
    kept = tuple(row for row in plan.rows or () if row not in meant)
    stand = tuple(change.before for change in fallen if change.before is not None)
    changes = tuple(change for change in plan.changes if change.ref not in refused)
    rows = tuple(dict.fromkeys((*kept, *stand)))  # a row that stays beside an entry that was refused is in both
    return Applied(replace(plan, changes=changes, rows=rows) if fallen else plan, dict(refused), kept=revoked)


def _drop(plan: Plan, view: RbacView, rows: Place, bindings: Bindings) -> dict[str, RegistrarError]:
    """Drop unused bindings; then look again, since another run may have begun to use one meanwhile.

    The rows are gone by now, so a binding that stays gives nobody anything; the sweep finds it.
    """
    failed: dict[str, RegistrarError] = {}
    if not plan.drop:
        return failed
    for binding in plan.drop:
        try:
            bindings.drop(binding, view)
        except WriteConflict:
            continue  # somebody has just changed it: the sweep judges it anew
        except RegistrarError as error:
            failed[binding.group] = error
    try:
        _make_used_ones_again(plan.drop, rows, bindings)
    except RegistrarError as error:
        # Told of the groups, not raised: the rows are written by now, and the log must say so.
        return {binding.group: error for binding in plan.drop} | failed
    return failed


def _make_used_ones_again(dropped: Sequence[Binding], rows: Place, bindings: Bindings) -> None:
    held = rows.read(whole=True).held
    used = {group for row in held.ours for group in row.groups} | held.foreign_groups
    again = [binding for binding in dropped if binding.group in used]
    if again:
        fresh = bindings.read([binding.group for binding in again])
        for binding in again:
            bindings.make(binding, fresh)


def _by_principal(
    failed: Mapping[str, RegistrarError], situation: Situation, plan: Plan
) -> dict[PrincipalRef, RegistrarError]:
    """The errors of groups, told to those who should have the group or have just lost it."""
    concerned = _concerned(situation, plan)
    return united(*({ref: failed[group]} for ref, groups in concerned for group in groups if group in failed))


def _concerned(situation: Situation, plan: Plan) -> list[tuple[PrincipalRef, tuple[str, ...]]]:
    concerned = [(one.ref, one.groups) for one in situation.wanted]
    return concerned + [(change.ref, change.before.groups) for change in plan.changes if change.before is not None]
