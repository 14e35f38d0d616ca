"""Small pieces of CEL, the expression language of Kubernetes' admission policies, written from Python values.

Only functions that Kubernetes has known since 1.30 may stand in an expression. ``list.slice`` and its like came to new
policies with 1.35 (``k8s.io/apiserver/pkg/cel/environment/base.go``; an API server compiles what is new to it with the
library of the release before its own), and a policy that does not compile stops every write of the registrar.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping

Expression = str
Variable = dict[str, str]
Validation = dict[str, str]


def text(value: str) -> Expression:
    """A string literal. Raises ``ValueError`` for what could end or split the literal unseen."""
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"{value!a} holds a character that may stand in no name of the configuration")
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def raw(expression: str) -> Expression:
    """A raw string literal, for a regular expression. Raises ``ValueError`` where the expression would end it."""
    if '"""' in expression or expression.endswith('"'):
        raise ValueError(f"{expression!a} cannot be written as a raw string of CEL")
    return f'r"""{expression}"""' if "'" in expression else f"r'{expression}'"


def literal(value: str) -> str:
    """A text as part of a regular expression in RE2's syntax, escaped no more than needed to be read."""
    return re.sub(r"[^A-Za-z0-9_:@-]", r"\\\g<0>", value)


def names(values: Iterable[str]) -> Expression:
    """A set of strings, as a map: ``in`` costs 1 there, in a list it costs the length of the list."""
    return _map((text(value), "true") for value in values)


def mapping(values: Mapping[str, str]) -> Expression:
    """A map of strings."""
    return _map((text(key), text(value)) for key, value in values.items())


def variable(name: str, expression: Expression) -> Variable:
    """A variable of a policy, evaluated once and only when it is used."""
    return {"name": name, "expression": _tidy(expression)}


def validation(message: str, expression: Expression) -> Validation:
    """What must be true of a write; the message is what the registrar is told when it is not."""
    return {"expression": _tidy(expression), "message": message}


def _map(entries: Iterable[tuple[Expression, Expression]]) -> Expression:
    lines = [f"  {key}: {value}" for key, value in entries]
    return "{\n" + ",\n".join(lines) + "\n}" if lines else "{}"


def _tidy(expression: Expression) -> Expression:
    return textwrap.dedent(expression).strip()
