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


def metadata_stays(subject: str) -> Validation:
    """Nothing of a ConfigMap but its data may change.

    An owner that names nobody makes the garbage collector delete it; ``immutable`` locks everybody out of it.
    """
    return validation(
        f"of {subject} only the data is the registrar's, not labels, annotations, owners, finalizers, immutability",
        """
        object.?immutable.orValue(false) == oldObject.?immutable.orValue(false)
        && object.metadata.?ownerReferences.orValue([]) == oldObject.metadata.?ownerReferences.orValue([])
        && object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([])
        && object.metadata.?labels.orValue({}) == oldObject.metadata.?labels.orValue({})
        && object.metadata.?annotations.orValue({}) == oldObject.metadata.?annotations.orValue({})
        """,
    )
