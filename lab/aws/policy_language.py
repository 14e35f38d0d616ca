"""IAM's policy language, as far as the lab judges it: identity policies with actions, resources and conditions.

Strict: what this does not know (a policy variable, another operator) raises, so that nothing is allowed by a guess. Of
the variables it knows, in patterns, those that stand for one letter: ``${*}``, ``${?}`` and ``${$}``.

Sources: IAM user guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators", "Set operators for
multivalued context keys", "IAM policy elements: Variables and tags". The tests hold it against another evaluator.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

_LETTER = re.compile(r"\$\{([*?$])\}")
_PIECE = re.compile(r"\$\{[*?$]\}|.", re.DOTALL)

Value = str | Sequence[str]
Statement = Mapping[str, Any]


class UnjudgeableError(Exception):
    """A policy holds what this evaluator does not know."""


@dataclass(frozen=True)
class Question:
    """Whether somebody may do this. A multivalued key of ``context`` has a list, any other a string."""

    action: str
    resource: str
    context: Mapping[str, Value]


def decide(statements: Iterable[Statement], question: Question) -> str:
    """``allowed``, ``denied`` (by a Deny, which wins) or ``silent`` (nothing allows it: denied as well).

    Raises:
        UnjudgeableError: if a statement about the action cannot be judged.

    """
    effects = {statement["Effect"] for statement in statements if _applies(statement, question)}
    if "Deny" in effects:
        return "denied"
    return "allowed" if "Allow" in effects else "silent"


def _applies(statement: Statement, question: Question) -> bool:
    context = {name.lower(): value for name, value in question.context.items()}
    return (
        _about(statement, "Action", question.action, ignore_case=True)
        and _about(statement, "Resource", question.resource, ignore_case=False)
        and all(
            _holds(operator, context.get(key.lower()), _listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _about(statement: Statement, element: str, value: str, *, ignore_case: bool) -> bool:
    negated = f"Not{element}" in statement
    patterns = _listed(statement.get(f"Not{element}" if negated else element, ()))
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    return any(_glob(pattern, flags).fullmatch(value) for pattern in patterns) is not negated


def _holds(operator: str, value: Value | None, wanted: Sequence[str]) -> bool:
    _refuse_variables(wanted, letters="Like" in operator)
    if operator == "Null":
        return (value is None) is (_only(wanted).lower() == "true")
    over, _, plain = operator.rpartition(":")
    matches, negated = _match(operator, plain.removesuffix("IfExists"), wanted)
    if value is None and plain.endswith("IfExists"):
        return True
    match over:
        case "ForAllValues":
            return all(matches(one) for one in _listed(value or ()))
        case "ForAnyValue":
            return any(matches(one) for one in _listed(value or ()))
        case "":
            return negated if value is None else matches(_single(operator, value))
        case _:
            raise UnjudgeableError(f"the lab does not know the condition operator {operator}")


def _match(operator: str, plain: str, wanted: Sequence[str]) -> tuple[Callable[[str], bool], bool]:
    """Whether one value satisfies an operator without its set and ``IfExists``; and whether that is a negated one."""
    negated, test = "Not" in plain, _TESTS.get(plain.replace("Not", ""))
    if test is None:
        raise UnjudgeableError(f"the lab does not know the condition operator {operator}")
    if plain.startswith("Arn"):
        # Text that is no ARN is neither like one nor unlike it.
        arns = [pattern for pattern in wanted if _is_arn(pattern)]
        return lambda one: bool(arns) and _is_arn(one) and any(test(one, arn) for arn in arns) is not negated, negated
    return lambda one: any(test(one, pattern) for pattern in wanted) is not negated, negated


def _single(operator: str, value: Value) -> str:
    if not isinstance(value, str):
        raise UnjudgeableError(f"{operator} on a multivalued key needs ForAllValues or ForAnyValue")
    return value


def _refuse_variables(texts: Iterable[str], *, letters: bool) -> None:
    for text in texts:
        if "${" in (_LETTER.sub("", text) if letters else text):
            raise UnjudgeableError(f"the lab does not know policy variables: {text}")


def _listed(value: Value) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _only(values: Sequence[str]) -> str:
    if len(values) != 1:
        raise UnjudgeableError(f"Null takes one value, not {list(values)}")
    return values[0]


def _like(value: str, pattern: str) -> bool:
    return _glob(pattern).fullmatch(value) is not None


def _arn_like(value: str, pattern: str) -> bool:
    """Each of the six parts by itself, so that no wildcard of the first five reaches over a colon."""
    return all(map(_like, value.split(":", 5), pattern.split(":", 5)))


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
}


@cache
def _glob(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    pieces = (wild.get(piece) or re.escape(_LETTER.sub(r"\1", piece)) for piece in _PIECE.findall(pattern))
    return re.compile("".join(pieces), flags | re.DOTALL)
