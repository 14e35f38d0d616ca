"""The frame of a ValidatingAdmissionPolicy that speaks about the registrar alone."""

from __future__ import annotations

from typing import Any

from registrar.rights.cel import Validation, Variable, text, validation
from registrar.rights.scope import Scope

_API = "admissionregistration.k8s.io/v1"


def admission_policy(
    scope: Scope,
    subject: str,
    resources: dict[str, Any],
    variables: list[Variable],
    validations: list[Validation],
) -> list[dict[str, Any]]:
    """The policy ``<installation>-<subject>`` and the binding that puts it into force.

    ``resources`` is one rule of ``matchConstraints`` without versions and operations: those are always all that write.
    An expression that fails (its cost limit, an index) refuses the write: ``failurePolicy: Fail``.
    """
    name = f"{scope.installation}-{subject}"
    rule = resources | {"apiVersions": ["*"], "operations": ["CREATE", "UPDATE", "DELETE"]}
    return [
        {
            "apiVersion": _API,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [rule]},
                "matchConditions": [
                    {"name": "registrar", "expression": f"{text(scope.controller)} in request.userInfo.groups"}
                ],
                "variables": variables,
                "validations": validations,
            },
        },
        {
            "apiVersion": _API,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        },
    ]


def metadata_stays(subject: str, but: str | None = None) -> Validation:
    """Nothing of a ConfigMap but its data, and the annotation ``but`` if one is given, may change.

    An owner that names nobody makes the garbage collector delete it; ``immutable`` locks everybody out of it.
    """
    others = f"annotations but {but}" if but else "annotations"
    return validation(
        f"of {subject} only the data is the registrar's, not labels, {others}, owners, finalizers, immutability",
        f"""
        object.?immutable.orValue(false) == oldObject.?immutable.orValue(false)
        && object.metadata.?ownerReferences.orValue([]) == oldObject.metadata.?ownerReferences.orValue([])
        && object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([])
        && object.metadata.?labels.orValue({{}}) == oldObject.metadata.?labels.orValue({{}})
        && {_annotations_stay(but)}
        """,
    )


def _annotations_stay(but: str | None) -> str:
    new, old = "object.metadata.?annotations", "oldObject.metadata.?annotations"
    if but is None:
        return f"{new}.orValue({{}}) == {old}.orValue({{}})"
    same = f"all(k, k == {text(but)} || {new}[?k] == {old}[?k])"
    return f"{new}.orValue({{}}).{same}\n        && {old}.orValue({{}}).{same}"
