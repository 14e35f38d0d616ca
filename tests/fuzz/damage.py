"""Texts as nobody writes them: real samples that were cut, spliced, flipped, repeated or filled with odd things."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

# What parsers trip over: line breaks of Unicode, NUL, half of a surrogate pair, marks of YAML and JSON, templates.
ODD_TEXTS = (
    *("\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\x00", "\x07", "\x1c", "\x7f", "\ufeff", "\ud800", "\udfff"),
    *("\t", " ", "#", " #", "'", '"', "''", '""', "\\", "\\ud800", "\\u0000", "\\x41", "\\/"),
    *("\\UFFFFFFFF", "\\U00110000"),
    *("- ", "? ", ": ", ":", ",", "[", "]", "{", "}", "[]", "{}", "|", ">-\n", "%", "@", "`", "&", "*", "!"),
    *("&a ", "*a", "<<: *a", "<<: {a: b}", "&a [*a]", "!!binary ", "!!str ", "!!python/object:os.system ", "! "),
    *("---\n", "...\n", "%YAML 1.1\n", "{{SessionName}}", "{{", "é", "\u0130", "\u212a", "\u017f", "\U0001f600"),
)
ODD_VALUES = (
    *("null", "~", "true", "y", "No", ".inf", "-.NaN", "1e999", "0x" + "f" * 20, "0o17", "09", "1:20", "="),
    *("2026-01-01", "!!int x", '"\\UFFFFFFFF"', '"\\U00110000"', '"\\ud800"', '"\\0\\n"', "'#'"),
    *("9" * 25, "9" * 5000, "-" + "1" * 4301, "0b" + "1" * 70, "1_0", "1." + "0" * 400, "NaN", "Infinity", "-0"),
    *("system:masters", "eks:admin", "cluster-admin", "edit@kube-system", "group=system:masters", "*", "**", "view@*"),
    *("eks-registrar", "eks-registrar:view", "eks-registrar-controller", "eks-registrar:edit@payments"),
    *("[" * 60 + "]" * 60, "{a: " * 60 + "}" * 60, "[" * 1200, '{"a":' * 1200, "- " * 70, "a" * 3000),
)
_WORD = re.compile(r"[\w.@/-]+")
_EVERY = 120  # characters of a sample, at most, that one damage repeats


def damaged(random: Random, samples: Sequence[str], most: int = 4) -> str:
    """A sample with some damages, mostly few, of which each may undo what another has done."""
    text = random.choice(samples)
    for _ in range(min(random.randint(0, most), random.randint(0, most))):
        text = random.choice(_DAMAGES)(random, text, samples)
    return text


def _put_in(random: Random, text: str, samples: Sequence[str]) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(ODD_TEXTS) + text[at:]


def _other_word(random: Random, text: str, samples: Sequence[str]) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return random.choice(ODD_VALUES)
    word = words[random.randint(0, len(words) - 1)]
    return text[: word.start()] + random.choice(ODD_VALUES + ODD_TEXTS) + text[word.end() :]


def _cut(random: Random, text: str, samples: Sequence[str]) -> str:
    at, length = random.randint(0, len(text)), random.randint(1, 40)
    return text[:at] + text[at + length :]


def _end(random: Random, text: str, samples: Sequence[str]) -> str:
    return text[: random.randint(0, len(text))]


def _flip(random: Random, text: str, samples: Sequence[str]) -> str:
    if not text:
        return text
    at, bit = random.randint(0, len(text) - 1), random.randint(0, 7)
    return text[:at] + chr(ord(text[at]) ^ (1 << bit)) + text[at + 1 :]


def _splice(random: Random, text: str, samples: Sequence[str]) -> str:
    other = random.choice(samples)
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


def _repeat(random: Random, text: str, samples: Sequence[str]) -> str:
    at, length = random.randint(0, len(text)), random.randint(1, _EVERY)
    return text[:at] + text[at : at + length] * random.randint(2, 40) + text[at + length :]


def _swap_lines(random: Random, text: str, samples: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return text
    one, other = (random.randint(0, len(lines) - 1) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def _indent(random: Random, text: str, samples: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    start, blanks = random.randint(0, len(lines)), random.choice([" ", "  ", "\t"])
    return "".join(blanks + line if number >= start else line for number, line in enumerate(lines))


_Damage = Callable[[Random, str, Sequence[str]], str]
_DAMAGES: tuple[_Damage, ...] = (
    *(_put_in, _other_word, _other_word, _cut, _end, _flip, _splice, _repeat, _swap_lines, _indent),
)
