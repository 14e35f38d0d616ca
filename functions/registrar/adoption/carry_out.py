"""An adoption carried out: everything that the new row or entry needs first, then one write in place of what stands.

    bindings     of the new groups, in the registrar's own form: RBAC knows them before anybody has the groups
    measure      the rights, once more, with the bindings in place: not equal and not accepted, it stops
    keep         what stands, for the way back
    write        one: the row in aws-auth under its version, or UpdateAccessEntry; no request in between is refused
    look again   at the bindings and the tags: another run of the registrar may have passed meanwhile

It breaks off anywhere without harm, and goes on where it broke off when it is run again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from registrar.adoption.doors import Doors
from registrar.adoption.entry_change import change_entry
from registrar.adoption.examine import examine
from registrar.adoption.kept import WayBack
from registrar.adoption.model import Candidate, Standing
from registrar.adoption.reviews import read_rbac
from registrar.adoption.row_change import change_row
from registrar.adoption.survey import look, same
from registrar.adoption.terms import NotReady, Terms, require
from registrar.eks.client import NotFound
from registrar.errors import WriteConflict
from registrar.manifests import hash_annotation, manifests
from registrar.marks import binding_of
from registrar.model import BindingState

MOST_TRIES = 8
_PAUSE_SECONDS = 0.5
_POLICY = "ValidatingAdmissionPolicy"
_POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


@dataclass(frozen=True)
class Adopted:
    """What was done. ``later`` says what the caller should still run, if anything."""

    candidate: Candidate
    way_back: WayBack
    later: tuple[str, ...] = ()


def adopt(doors: Doors, standing: Standing, terms: Terms) -> Adopted | None:
    """Adopt one row or entry; ``None`` if it does not stand any more (it was adopted, or removed).

    Raises ``NotReady``, ``NotAccepted``, ``WriteWouldHarm``, ``WriteConflict`` if others write under each try, and what
    the calls themselves raise.
    """
    for _ in range(MOST_TRIES):
        try:
            return _try(doors, standing, terms)
        except WriteConflict:
            time.sleep(_PAUSE_SECONDS)
    raise WriteConflict(
        f"cluster {doors.cluster.tag}: {standing.arn} was not adopted: somebody else writes there under each of "
        f"{MOST_TRIES} tries; what stands there stands as it was"
    )


def _try(doors: Doors, standing: Standing, terms: Terms) -> Adopted | None:
    found = look(doors, [standing.arn])
    now = next((one for one in found.standing if same(one.arn, standing.arn) and one.entry == standing.entry), None)
    if now is None:
        return None
    rbac = read_rbac(doors.kubernetes) if doors.kubernetes is not None else None
    candidate = examine(doors, found, now, rbac, keep_groups=terms.keep_groups)
    require(doors.cluster.tag, candidate, terms.accepted)
    require_manifests(doors)
    make_bindings(doors, candidate)
    if candidate.coming:
        candidate = _measured_again(doors, candidate, terms)
    change = change_entry if now.entry else change_row
    way_back = change(doors, candidate, terms.folder, terms.now)
    return Adopted(candidate, way_back, tuple(_later(doors, candidate)))


def require_manifests(doors: Doors) -> None:
    """Raise ``NotReady`` if the admission policies in force are of other rules than registrar.yaml has.

    They bind the registrar, not the caller: with a row in aws-auth that they do not know it could write nothing more.
    """
    if doors.kubernetes is None:
        return
    key = hash_annotation(doors.marks.installation)
    wanted = next(one for one in manifests(doors.policy, doors.cluster.tag) if one["kind"] == _POLICY)
    try:
        metadata = doors.kubernetes.get_metadata(f"{_POLICIES}/{wanted['metadata']['name']}")
    except NotFound:
        metadata = {}
    if (metadata.get("annotations") or {}).get(key) != wanted["metadata"]["annotations"][key]:
        raise NotReady(
            f"cluster {doors.cluster.tag}: nothing was adopted: the registrar's rights there are not of this "
            f"registrar.yaml. As an admin: eks-registrar manifests --cluster {doors.cluster.tag} | kubectl apply -f -"
        )


def make_bindings(doors: Doors, candidate: Candidate) -> None:
    """Make the bindings that do not stand, by the code that makes the registrar's.

    Raises what ``RbacBindings.make`` raises.
    """
    if doors.bindings is None or not candidate.coming:
        return
    view = doors.bindings.read([binding.group for binding in candidate.coming])
    for binding in candidate.coming:
        doors.bindings.make(binding, view)


def _measured_again(doors: Doors, candidate: Candidate, terms: Terms) -> Candidate:
    """The same, measured with the bindings in place. An API server hears of a new binding a moment later."""
    again = candidate
    for _ in range(MOST_TRIES):
        again = _measured(doors, candidate, terms.keep_groups)
        expected = candidate.comparison.losses if candidate.comparison else ()
        if again.comparison is not None and set(again.comparison.losses) <= set(expected):
            break
        time.sleep(_PAUSE_SECONDS)
    require(doors.cluster.tag, again, terms.accepted)
    return again


def _measured(doors: Doors, candidate: Candidate, keep_groups: bool) -> Candidate:
    assert doors.kubernetes is not None
    found = look(doors, [candidate.standing.arn])
    again = examine(doors, found, candidate.standing, read_rbac(doors.kubernetes), keep_groups=keep_groups)
    if again.after != candidate.after or again.coming:
        raise WriteConflict("tags, rules or bindings changed meanwhile")
    return again


def _later(doors: Doors, candidate: Candidate) -> list[str]:
    """What happened meanwhile: a sweep may have dropped a binding that nobody used yet, and tags may have changed."""
    later = []
    if doors.bindings is not None and candidate.after is not None and not doors.bindings.stand(candidate.after.groups):
        view = doors.bindings.read(candidate.after.groups)
        gone = (group for group, (state, _) in view.found.items() if state is BindingState.ABSENT)
        again = (binding_of(group, doors.marks) for group in gone)
        make_bindings(doors, replace(candidate, coming=tuple(one for one in again if one is not None)))
    if candidate.role is not None and doors.roles.read(candidate.role.ref) != candidate.role:
        later.append(f"the role changed in IAM meanwhile: eks-registrar sweep --cluster {doors.cluster.tag}")
    return later
