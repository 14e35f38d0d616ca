"""What a YAML scalar is to the authenticator: text, null, or something that is no text.

Source of every rule: ``go.yaml.in/yaml/v2`` ``resolve.go``, which sigs.k8s.io/yaml (and so the authenticator's
``ParseMap``) uses. PyYAML resolves differently: to Go ``y`` and ``n`` are booleans, ``1e3`` is a number.
"""

from __future__ import annotations

import re
from enum import Enum


class Opaque(Enum):
    """A value that is not text; which number or boolean it is makes no difference to a row."""

    NULL = "null"
    NOT_TEXT = "not text"


class NotJson(ValueError):
    """A value that makes the authenticator drop all rows, since JSON has no form for it; or one we cannot judge."""


NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS = frozenset(
    word
    for lower in ("y", "yes", "true", "on", "n", "no", "false", "off")
    for word in (lower, lower.capitalize(), lower.upper())
)
_NOT_FINITE = frozenset(sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")) | {
    ".nan",
    ".NaN",
    ".NAN",
}

_INTEGER = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_ODD_BINARY = re.compile(r"-?0b[-+]")
_INT64_MAX, _INT64_MIN, _UINT64_MAX = 2**63 - 1, -(2**63), 2**64 - 1


def resolve_plain(text: str) -> str | Opaque:
    """Resolve a scalar written without quotes and without a tag.

    Raises NotJson for ``.inf`` and ``.nan`` (one of them anywhere unmaps every role) and for the few spellings of
    numbers that are not worth judging.
    """
    if text in NULLS:
        return Opaque.NULL
    if text in BOOLEANS:
        return Opaque.NOT_TEXT
    if text in _NOT_FINITE:
        raise NotJson(f"{text} has no form in JSON, so the authenticator maps no role at all")
    if text[0] in "0123456789+-.":
        return _resolve_number(text)
    return text


def _resolve_number(text: str) -> str | Opaque:
    if text[0] == ".":
        if "_" in text and text[1:2].isdigit():
            raise NotJson(f"cannot judge whether {text!r} is a number; put it in quotes")
        return Opaque.NOT_TEXT if _is_finite_float(text) else text
    digits = text.replace("_", "")
    if _ODD_BINARY.match(digits):
        raise NotJson(f"cannot judge whether {text!r} is a number; put it in quotes")
    return Opaque.NOT_TEXT if _is_integer(digits) or _is_finite_float(digits) else text


_MOST_DIGITS = 20  # of 2**64


def _is_integer(digits: str) -> bool:
    """Whether Go's ParseInt or ParseUint takes it (base 0, 64 bits); a larger one is a float, or text in base 16."""
    match = _INTEGER.match(digits)
    if match is None:
        return False
    sign, number = match.groups()
    if len(number) > _MOST_DIGITS and number.isdigit() and number[0] != "0":
        return False  # Python refuses to read more than 4,300 digits, and Go's 64 bits end long before
    octal = len(number) > 1 and number[0] == "0" and number[1].isdigit()
    value = int(number, 8 if octal else 0)
    if sign == "-":
        return -value >= _INT64_MIN
    return value <= (_INT64_MAX if sign else _UINT64_MAX)


def _is_finite_float(digits: str) -> bool:
    """Whether it has YAML's form of a float and Go's ParseFloat takes it (out of range is an error, hence text)."""
    return _FLOAT.match(digits) is not None and float(digits) not in (float("inf"), float("-inf"))
