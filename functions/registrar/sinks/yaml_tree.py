"""YAML text as a tree with positions, from PyYAML's parser events.

The C parser (libyaml, of which the authenticator's parser is a port) is used where PyYAML has it, the pure Python one
otherwise. Events, not ``compose``: they keep what the rules need (plain or quoted, an explicit tag, an alias as such),
and deep nesting cannot exhaust the C stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from registrar.errors import AwsAuthUnreadable

MAX_DEPTH = 50
BYTE_ORDER_MARK = "\ufeff"
STRING_TAG = "tag:yaml.org,2002:str"
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_COLON_BRACKET = re.compile(r":[\[\]{},]")
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_TAB_AFTER_TEXT = re.compile(r"(?<=[^\s?-])[ \t]*\t[ \t]*(?=[#\r\n]|\Z)")


@dataclass(slots=True)
class Scalar:
    """Text between quotes, in a block, or plain; ``start`` and ``end`` are character offsets into the body."""

    text: str
    plain: bool
    start: int
    end: int


@dataclass(slots=True)
class Collection:
    """A list, or a mapping as alternating keys and values. ``end`` is sure for the flow style only."""

    is_mapping: bool
    flow: bool
    children: list[Node]
    start: int
    end: int


@dataclass(slots=True)
class Alias:
    """A reference to an anchored node; ``target`` may still be under construction (then it contains itself)."""

    target: Scalar | Collection
    start: int
    end: int


Node = Scalar | Collection | Alias


@dataclass(slots=True)
class Document:
    """The one document of a body; ``dashes`` is the offset behind its ``---``, ``None`` where it has none."""

    root: Node | None
    dashes: int | None


def fail(text: str, offset: int, problem: str) -> AwsAuthUnreadable:
    """The error for a problem at a character offset."""
    return fail_at_line(text.count("\n", 0, offset) + 1, problem)


def fail_at_line(line: int, problem: str) -> AwsAuthUnreadable:
    """The error for a problem in a line (counted from 1)."""
    return AwsAuthUnreadable(f"aws-auth: mapRoles cannot be read, line {line}: {problem}. Nothing was written.")


def parse(text: str) -> Document:
    """Parse a body of at most one document.

    Raises AwsAuthUnreadable for a syntax error, several documents, directives, tags, and nesting beyond MAX_DEPTH.
    """
    offset = 1 if text.startswith(BYTE_ORDER_MARK) else 0
    stray = text.find(BYTE_ORDER_MARK, offset)
    if stray >= 0:
        raise fail(text, stray, "a byte order mark stands in the midst of the text")
    try:
        return _Builder(text, offset).document(_events(text[offset:]))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise fail_at_line(mark.line + 1 if mark else 1, _plainly(error)) from error
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        raise fail(text, position, f"the character U+{_code(error):04X} is not allowed in YAML") from error
    except UnicodeEncodeError as error:
        raise fail(text, error.start, "half of a surrogate pair is not allowed in YAML") from error
    except (ValueError, OverflowError) as error:  # the pure Python parser, for an escape beyond U+10FFFF
        raise fail(text, 0, f"an escape stands for no character ({error})") from error


def _plainly(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "this is not YAML"
    if "<document start>" in problem:
        return "what begins here is not part of the list (is it indented rightly?)"
    return problem


def _code(error: yaml.reader.ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")


def _events(text: str) -> Iterator[Event]:
    if yaml.__with_libyaml__:
        return yaml.parse(text, Loader=yaml.CBaseLoader)
    return yaml.parse(_tabs_before_comments_as_blanks(text), Loader=yaml.BaseLoader)


def _tabs_before_comments_as_blanks(text: str) -> str:
    """Let the pure Python parser accept what libyaml and the authenticator do: a tab between a value and a comment."""
    return _TAB_AFTER_TEXT.sub(lambda match: " " * len(match.group()), text)


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Turns the events of one body into its tree; one use only."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.anchors: dict[str, Scalar | Collection] = {}
        self.stack: list[Collection] = []
        self.root: Node | None = None

    def document(self, events: Iterator[Event]) -> Document:
        dashes: int | None = None
        documents = 0
        for event in events:
            if isinstance(event, ScalarEvent):
                self.add(self.scalar(event), event.anchor)
            elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                self.open(event)
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self.stack.pop().end = self.span(event)[1]
            elif isinstance(event, AliasEvent):
                self.add(self.alias(event), None)
            elif isinstance(event, DocumentStartEvent):
                documents += 1
                self.refuse_odd_document(event, documents)
                dashes = self.span(event)[1] if event.explicit else None
            elif not isinstance(event, (DocumentEndEvent, StreamEndEvent)):
                continue
        return Document(self.root, dashes)

    def span(self, event: Event) -> tuple[int, int]:
        if event.start_mark is None or event.end_mark is None:  # only events that are made by hand have none
            raise fail(self.text, 0, "the parser gave no position")
        return event.start_mark.index + self.offset, event.end_mark.index + self.offset

    def refuse_odd_document(self, event: DocumentStartEvent, documents: int) -> None:
        if documents > 1:
            raise fail_at_line(_line(event), "a second document begins; only the first would be mapped")
        if _DIRECTIVE.search(self.text[: self.span(event)[1]]):
            raise fail_at_line(_line(event), "YAML directives are not supported")

    def scalar(self, event: ScalarEvent) -> Scalar:
        plain = event.style in (None, "") and event.tag is None
        odd_tag = event.tag not in (None, STRING_TAG) or (event.tag is None and not any(event.implicit))
        start, end = self.span(event)
        if odd_tag or (plain and not event.implicit[0]):
            raise fail(self.text, start, f"the tag {event.tag or '!'} is not supported")
        if event.style == '"' and _ESCAPED_SLASH.search(self.text, start, end):
            raise fail(self.text, start, "the escape \\/ is JSON's alone; the authenticator maps no role at all")
        if not yaml.__with_libyaml__ and "\t" in self.text[start:end]:
            raise fail(self.text, start, "a tab within a value cannot be judged without libyaml")
        if _SURROGATE.search(event.value):
            raise fail(self.text, start, "an escape stands for half of a surrogate pair")
        odd_in_flow = "?" in event.value or _COLON_BRACKET.match(self.text, end)
        if plain and odd_in_flow and any(collection.flow for collection in self.stack):
            raise fail(self.text, start, "text without quotes that the authenticator may read otherwise")
        return Scalar(event.value, plain, start, end)

    def alias(self, event: AliasEvent) -> Alias:
        start, end = self.span(event)
        target = self.anchors.get(event.anchor or "")
        if target is None:
            raise fail(self.text, start, f"the alias *{event.anchor} has no anchor")
        return Alias(target, start, end)

    def open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        start, _ = self.span(event)
        if event.tag is not None:
            raise fail(self.text, start, f"the tag {event.tag} is not supported")
        if len(self.stack) >= MAX_DEPTH:
            raise fail(self.text, start, f"nested deeper than {MAX_DEPTH}")
        collection = Collection(isinstance(event, MappingStartEvent), bool(event.flow_style), [], start, start)
        self.add(collection, event.anchor)
        self.stack.append(collection)

    def add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None and not isinstance(node, Alias):
            self.anchors[anchor] = node
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
