"""IAM's rules for tags that moto does not check.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html (naming conventions and limits) and
https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html (lengths and patterns).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_TAGS = 50
_MAX_KEY = 128
_MAX_VALUE = 256
_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]"
_PUNCTUATION = frozenset("_.:/=+-@")
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_RESERVED_PREFIX = "aws:"


@dataclass(frozen=True)
class Refusal:
    """An error as IAM gives it: code, text and HTTP status."""

    code: str
    message: str
    status: int = 400


def refuse_tags(tags: Sequence[dict[str, str]]) -> Refusal | None:
    """Judge the tags of a call on their own, without those that the role or user has."""
    problems = _too_many(len(tags), "tags")
    for index, tag in enumerate(tags, start=1):
        problems += _key_problems(tag.get("Key", ""), f"tags.{index}.member.key")
        problems += _value_problems(tag.get("Value", ""), f"tags.{index}.member.value")
    return _validation_error(problems) or _refuse_keys([tag["Key"] for tag in tags])


def refuse_tag_keys(keys: Sequence[str]) -> Refusal | None:
    """Judge the keys of an Untag call."""
    problems = _too_many(len(keys), "tagKeys")
    for index, key in enumerate(keys, start=1):
        problems += _key_problems(key, f"tagKeys.{index}.member")
    reserved = [key for key in keys if key.lower().startswith(_RESERVED_PREFIX)]
    return _validation_error(problems) or (_reserved(reserved[0]) if reserved else None)


def refuse_name(name: Any, field: str, longest: int) -> Refusal | None:
    """Judge the name of a role or user: ASCII letters, digits and ``_+=,.@-``, at most ``longest`` characters."""
    text = str(name or "")
    problems = []
    if not _NAME.fullmatch(text):
        problems.append(_unmatched(text, field, r"[\w+=,.@-]+"))
    if len(text) > longest:
        problems.append(_too_long(text, field, longest))
    return _validation_error(problems)


def _refuse_keys(keys: Sequence[str]) -> Refusal | None:
    for key in keys:
        if key.lower().startswith(_RESERVED_PREFIX):
            return _reserved(key)
    if len({key.lower() for key in keys}) < len(keys):
        text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        return Refusal("InvalidInput", text)
    return None


def _reserved(key: str) -> Refusal:
    text = f"Invalid tag key '{key}': aws: prefixed tag key names are not allowed for external use."
    return Refusal("InvalidInput", text)


def _key_problems(key: str, field: str) -> list[str]:
    problems = [] if key and _is_allowed(key) else [_unmatched(key, field, f"{_PATTERN}+")]
    return problems + ([_too_long(key, field, _MAX_KEY)] if len(key) > _MAX_KEY else [])


def _value_problems(value: str, field: str) -> list[str]:
    problems = [] if _is_allowed(value) else [_unmatched(value, field, f"{_PATTERN}*")]
    return problems + ([_too_long(value, field, _MAX_VALUE)] if len(value) > _MAX_VALUE else [])


def _is_allowed(text: str) -> bool:
    return all(character in _PUNCTUATION or unicodedata.category(character)[0] in "LZN" for character in text)


def _too_many(count: int, field: str) -> list[str]:
    if count <= MAX_TAGS:
        return []
    return [_constraint(f"[{count} tags]", field, f"have length less than or equal to {MAX_TAGS}")]


def _too_long(value: str, field: str, longest: int) -> str:
    return _constraint(value, field, f"have length less than or equal to {longest}")


def _unmatched(value: str, field: str, pattern: str) -> str:
    return _constraint(value, field, f"satisfy regular expression pattern: {pattern}")


def _constraint(value: str, field: str, rule: str) -> str:
    return f"Value '{value}' at '{field}' failed to satisfy constraint: Member must {rule}"


def _validation_error(problems: list[str]) -> Refusal | None:
    if not problems:
        return None
    errors = "error" if len(problems) == 1 else "errors"
    return Refusal("ValidationError", f"{len(problems)} validation {errors} detected: {'; '.join(problems)}")
