"""The admission policy on the ConfigMaps that keep former bodies of aws-auth.

It keeps them usable. That a kept body is true it cannot know: who puts one back must look at what differs.
"""

from __future__ import annotations

from typing import Any

from registrar.rights.admission import admission_policy, metadata_stays
from registrar.rights.cel import validation
from registrar.rights.rbac import HISTORY, kept_annotation
from registrar.rights.scope import Scope


def history_policy(scope: Scope) -> list[dict[str, Any]]:
    """The policy and its binding."""
    return admission_policy(
        scope,
        "history",
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": list(HISTORY)},
        variables=[],
        validations=[
            validation("the registrar neither makes nor removes its history", "request.operation == 'UPDATE'"),
            metadata_stays("the history", kept_annotation(scope.installation)),
        ],
    )
