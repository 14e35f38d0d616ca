"""Text of others as a terminal may show it: what was agreed to must be what was seen. Pure."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping

_RED, _GREEN, _CYAN, _PLAIN = "\033[31m", "\033[32m", "\033[36m", "\033[0m"
_COLOURS = {"-": _RED, "+": _GREEN, "@": _CYAN}
_CONTEXT_LINES = 3
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with everything that a terminal would obey, or not show, as an escape (``\x1b``, ``\u202e``).

    Line breaks and tabs stay. In aws-auth an escape sequence could hide a row from whoever reads the diff.
    """
    return "".join(
        one if one in "\n\t" or unicodedata.category(one) not in _INVISIBLE else _escaped(one) for one in text
    )


def diff(before: Mapping[str, str], after: Mapping[str, str], colour: bool, of: str = "aws-auth") -> str:
    """What changes in the ``data`` of aws-auth, key by key, as a unified diff; empty where nothing does.

    ``of`` is what the values are parts of.
    """
    keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    lines = (line for key in keys for line in _diff(of, key, before.get(key), after.get(key)))
    return "".join(f"{_coloured(visible(line), colour)}\n" for line in lines)


def _diff(of: str, key: str, before: str | None, after: str | None) -> Iterator[str]:
    names = ("/dev/null" if before is None else f"{of} now: {key}", f"as restored: {key}")
    yield from difflib.unified_diff(_lines(before or ""), _lines(after or ""), *names, n=_CONTEXT_LINES, lineterm="")


def _lines(text: str) -> list[str]:
    """Lines as YAML 1.2 has them, unlike ``splitlines``; a text that does not end with a line break says so."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], f"{lines[-1]}  (no line break at the end)"]


def _coloured(line: str, colour: bool) -> str:
    code = _COLOURS.get(line[:1]) if colour else None
    return f"{code}{line}{_PLAIN}" if code else line


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
