"""A YAML document with the place of every value, so that an error can say where it is.

Every ``ConfigurationError`` made here has the form ``FILE:LINE: WHERE: got VALUE, expected WHAT``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

import yaml

from registrar.errors import ConfigurationError


@dataclass(frozen=True)
class Cursor:
    """One value of the document: where it stands and what it is."""

    file: str
    where: str
    node: yaml.Node

    @classmethod
    def of(cls, text: str, file: str) -> Cursor:
        """The root of a document. Raises ``ConfigurationError`` if it is no YAML or empty."""
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ConfigurationError(f"{file}:{line}: not readable as YAML: {error.problem}") from error
        except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
            raise ConfigurationError(f"{file}: not readable as YAML: {error}") from error
        if node is None:
            raise ConfigurationError(f"{file}:1: the file is empty, expected a mapping with clusters and rules")
        return cls(file, "", node)

    @property
    def line(self) -> int:
        """The line of the value, from 1."""
        return int(self.node.start_mark.line) + 1

    def fail(self, expected: str) -> NoReturn:
        """Raise ``ConfigurationError`` for this value."""
        raise ConfigurationError(
            f"{self.file}:{self.line}: {self.where or 'top'}: got {self._shown()}, expected {expected}"
        )

    def mapping(self, known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Cursor]:
        """The entries of a mapping with these keys and no others, each at most once."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail("a mapping")
        allowed = tuple(known)
        entries: dict[str, Cursor] = {}
        for key_node, value_node in self.node.value:
            key = Cursor(self.file, self.where, key_node)
            name = key.text()
            if allowed and name not in allowed:
                key.fail(f"one of the keys {', '.join(allowed)}")
            if name in entries:
                key.fail("each key only once")
            entries[name] = Cursor(self.file, f"{self.where}.{name}".lstrip("."), value_node)
        for name in required:
            if name not in entries:
                self.fail(f"a mapping with the key {name}")
        return entries

    def items(self) -> tuple[Cursor, ...]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail("a list")
        return tuple(Cursor(self.file, f"{self.where}[{n}]", node) for n, node in enumerate(self.node.value))

    def text(self, pattern: str = ".+", expected: str = "a text") -> str:
        """A text that matches. A number that lost its quotes (an account) is told so."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == "tag:yaml.org,2002:null":
            self.fail(expected)
        if self.node.tag != "tag:yaml.org,2002:str":
            self.fail(f"{expected}, in quotes")
        value = str(self.node.value)
        if not re.fullmatch(pattern, value, re.ASCII):
            self.fail(expected)
        return value

    def supplied(self, name: str, value: str, source: str) -> Cursor:
        """An entry that this mapping leaves out, with a value from elsewhere: an error names mapping and source."""
        node = yaml.ScalarNode("tag:yaml.org,2002:str", value, self.node.start_mark, self.node.end_mark)
        return Cursor(self.file, f"{self.where}.{name} (from {source})", node)

    def texts(self, pattern: str = ".+", expected: str = "a text") -> tuple[str, ...]:
        """A list of texts that match, none of them twice."""
        values: list[str] = []
        for item in self.items():
            value = item.text(pattern, expected)
            if value in values:
                item.fail("each only once")
            values.append(value)
        return tuple(values)

    def one_of(self, *choices: str) -> str:
        """One of a few words."""
        value = self.text(expected=f"one of {', '.join(choices)}")
        if value not in choices:
            self.fail(f"one of {', '.join(choices)}")
        return value

    def boolean(self) -> bool:
        """``true`` or ``false``."""
        plain = isinstance(self.node, yaml.ScalarNode) and self.node.tag == "tag:yaml.org,2002:bool"
        if not plain or self.node.value not in ("true", "false"):
            self.fail("true or false")
        return bool(self.node.value == "true")

    def not_yet_supported(self) -> NoReturn:
        """Raise for a value that a later version will understand: never ignored, never half done."""
        raise ConfigurationError(f"{self.file}:{self.line}: {self.where}: {self._shown()} is not yet supported")

    def _shown(self) -> str:
        if isinstance(self.node, yaml.ScalarNode):
            return ascii(str(self.node.value))
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"
