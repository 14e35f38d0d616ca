"""The admission policy on RBAC bindings: only ours, and only those that a rule of the configuration names."""

from __future__ import annotations

from typing import Any

from registrar.marks import MANAGED_BY
from registrar.rights.admission import admission_policy
from registrar.rights.cel import text, validation, variable
from registrar.rights.grants import NO_RULE_NAMES, group_is_allowed, scope_variables
from registrar.rights.scope import Scope

# Both sides of the write: an update must neither start from a foreign binding nor end as one.
_SIDES = """
(request.operation == 'CREATE' ? [] : [oldObject]) + (request.operation == 'DELETE' ? [] : [object])
"""

_OURS = """
variables.sides.all(o,
  o.metadata.name.startsWith({prefix})
  && o.metadata.?labels[?{label}].orValue('') == {installation})
"""

# What we made under a former name may go.
_FORMERLY_OURS = """
|| (request.operation == 'DELETE' && variables.sides.all(o,
  o.metadata.name.startsWith({prefix})
  && o.metadata.?labels[?{label}].orValue('') == {installation}))
"""

# The roleRef of a binding cannot change, so this also holds for the side that is not sent.
_ROLE_OF_ITS_NAME = """
variables.sides.all(o,
  o.roleRef.apiGroup == 'rbac.authorization.k8s.io'
  && o.roleRef.kind == 'ClusterRole'
  && ({named}))
"""

_GROUP = """
object.metadata.name + (request.resource.resource == 'rolebindings' ? '@' + request.namespace : '')
"""

_ONE_SUBJECT = """
request.operation == 'DELETE'
|| (object.?subjects.orValue([]).size() == 1
  && object.subjects[0].kind == 'Group'
  && object.subjects[0].?apiGroup.orValue('') == 'rbac.authorization.k8s.io'
  && object.subjects[0].?namespace.orValue('') == ''
  && object.subjects[0].name == variables.group)
"""

_RULE_NAMES_IT = """
request.operation == 'DELETE'
|| {allowed}
"""

# Labels and annotations can carry orders to other controllers, owners and finalizers can remove an object or keep it.
_NOTHING_ELSE = """
request.operation == 'DELETE'
|| (object.metadata.?ownerReferences.orValue([]).size() == 0
  && object.metadata.?finalizers.orValue([]).size() == 0
  && (request.operation == 'UPDATE'
    ? object.metadata.?labels.orValue({}) == oldObject.metadata.?labels.orValue({})
      && object.metadata.?annotations.orValue({}) == oldObject.metadata.?annotations.orValue({})
    : object.metadata.?labels.orValue({}).size() == 1
      && object.metadata.?annotations.orValue({}).size() == 0))
"""


def bindings_policy(scope: Scope) -> list[dict[str, Any]]:
    """The policy and its binding.

    Deleting asks only for our mark and name, so a binding that no rule names any more can go.
    """
    ours = [_OURS, *(_FORMERLY_OURS for _ in scope.formerly)]
    marks = [scope.installation, *scope.formerly]
    named = " || ".join(f"{text(f'{mark}:')} + o.roleRef.name == o.metadata.name" for mark in marks)
    return admission_policy(
        scope,
        "bindings",
        {
            "apiGroups": ["rbac.authorization.k8s.io"],
            "resources": ["rolebindings", "clusterrolebindings"],
        },
        variables=[
            *scope_variables(scope),
            variable("sides", _SIDES),
            variable("group", _GROUP),
        ],
        validations=[
            validation(
                f"only a binding named {scope.installation}:ROLE, labelled {MANAGED_BY}: {scope.installation},"
                " is the registrar's",
                "".join(
                    words.format(prefix=text(f"{mark}:"), label=text(MANAGED_BY), installation=text(mark))
                    for words, mark in zip(ours, marks, strict=True)
                ),
            ),
            validation(
                "a binding of the registrar refers to the ClusterRole of its name",
                _ROLE_OF_ITS_NAME.format(named=named),
            ),
            validation("the one subject of a binding of the registrar is the group of its name", _ONE_SUBJECT),
            validation(
                f"a binding of the registrar is for a group that {NO_RULE_NAMES}",
                _RULE_NAMES_IT.format(allowed=group_is_allowed("variables.group")),
            ),
            validation("a binding of the registrar has no owner, finalizer, or label but its mark", _NOTHING_ELSE),
        ],
    )
