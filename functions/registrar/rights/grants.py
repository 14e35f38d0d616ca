"""The one question that both policies ask, in CEL: whether a rule names a group."""

from __future__ import annotations

from registrar.rights.cel import Expression, Variable, mapping, names, variable
from registrar.rights.scope import Scope

NO_RULE_NAMES = "no rule of the configuration names (apply the manifests again after a change of the rules)"

# An exact name costs one look-up; the rest is [name of the binding, namespace].
_GROUP_IS_ALLOWED = (
    "({group} in variables.groups || (!({group} in variables.never) && [{group}.split('@', 2)].all(b,"
    " b.size() == 2 && b[0] in variables.namespaces && b[1].matches(variables.namespaces[b[0]]))))"
)


def scope_variables(scope: Scope) -> list[Variable]:
    """The scope as variables of a policy: ``groups``, ``namespaces``, ``never``, ``accounts``."""
    return [
        variable("groups", names(scope.groups)),
        variable("namespaces", mapping(dict(scope.namespaces))),
        variable("never", names(scope.never)),
        variable("accounts", names(scope.accounts)),
    ]


def group_is_allowed(group: Expression) -> Expression:
    """Whether a rule names this group, any expression of a string; needs ``scope_variables``."""
    return _GROUP_IS_ALLOWED.format(group=group)
