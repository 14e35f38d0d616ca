"""Reads ``mapRoles`` as aws-iam-authenticator does, or refuses.

Sources: aws-iam-authenticator ``pkg/mapper/configmap/configmap.go`` (ParseMap), sigs.k8s.io/yaml (YAMLToJSON) and
``go.yaml.in/yaml/v2`` ``decode.go`` (merge keys, aliases). Where the authenticator drops a row, the row stands here
too (``RoleMapping.is_mapped`` is false); where it drops everything, or where we cannot be sure, reading raises.
"""

from __future__ import annotations

from dataclasses import dataclass

from registrar.sinks import plain_rows
from registrar.sinks.body import Body, Entry, Style
from registrar.sinks.role_mapping import CannotJudge, RoleMapping, Value, decode
from registrar.sinks.yaml11 import NotJson, Opaque, resolve_plain
from registrar.sinks.yaml_tree import BYTE_ORDER_MARK, MAX_DEPTH, Alias, Collection, Document, Node, Scalar, fail, parse

_MAX_DECODES = 400_000
_SKIPPED = ("", "``", '""', "''")
# strings.TrimSpace knows no U+001C to U+001F, unlike str.strip
_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def read_body(text: str) -> Body:
    """Read a body; offsets count characters.

    Raises AwsAuthUnreadable, naming the line, for whatever makes the authenticator map no role at all and for what
    cannot be judged here (several documents, explicit tags, a number spelled oddly).
    """
    return _skipped_body(text) or plain_rows.read(text) or read_any(text)


def read_users(text: str) -> Body:
    """Read ``mapUsers`` by the same rules; ``rolearn`` of its rows is their ``userarn``. Raises as ``read_body``."""
    return _skipped_body(text) or read_any(text, "userarn")


def is_skipped(text: str) -> bool:
    """Whether the authenticator takes a text for no list at all (isSkippable)."""
    return text.strip(_GO_SPACE) in _SKIPPED


def _skipped_body(text: str) -> Body | None:
    return Body(Style.EMPTY, 0 if not text.strip(_GO_SPACE) else None, ()) if is_skipped(text) else None


def read_any(text: str, arn: str = "rolearn") -> Body:
    """Read a body by the full parser, without the short cut for plainly written rows."""
    document = parse(text)
    root, head = document.root, _head(text, document)
    if root is None or (isinstance(root, Scalar) and _value(text, root, _Budget()) is Opaque.NULL):
        return Body(Style.EMPTY, head if root is None or root.start == root.end else None, ())
    if not isinstance(root, Collection) or root.is_mapping:
        raise fail(text, root.start, "mapRoles is not a list, so the authenticator maps no role at all")
    budget = _Budget()
    entries = tuple(Entry(_decode(text, node, budget, arn), node.start, _content_end(node)) for node in root.children)
    if not root.flow:
        return Body(Style.BLOCK, head, entries)
    return Body(Style.FLOW, root.start + 1 if text[root.start] == "[" else None, entries)


def _head(text: str, document: Document) -> int | None:
    """The start of the text, or of the line after ``---``; ``None`` if the list begins there, or behind a BOM."""
    if text.startswith(BYTE_ORDER_MARK):
        return None
    if document.dashes is None:
        return 0
    line_end = text.find("\n", document.dashes)
    if line_end < 0:
        return None
    rest = text[document.dashes : line_end].strip(" \t\r")
    return line_end + 1 if not rest or rest.startswith("#") else None


def _content_end(node: Node) -> int:
    """The end of the last thing written in a node (PyYAML ends a block collection only where the next token starts)."""
    if isinstance(node, Collection) and not node.flow:
        return max((_content_end(child) for child in node.children), default=node.end)
    return node.end


@dataclass(slots=True)
class _Budget:
    """Counts as ``decode.go`` does, to refuse what it calls excessive aliasing, and a little more."""

    decodes: int = 0
    by_alias: int = 0
    depth: int = 0

    def spend(self) -> bool:
        self.decodes += 1
        self.by_alias += self.depth > 0
        excessive = self.by_alias > 100 and self.decodes > 1000 and self.by_alias > 0.9 * self.decodes
        return not (excessive or self.decodes > _MAX_DECODES)


def _decode(text: str, node: Node, budget: _Budget, arn: str) -> RoleMapping:
    try:
        return decode(_value(text, node, budget), arn)
    except CannotJudge as error:
        raise fail(text, node.start, str(error)) from error


def _value(text: str, node: Node, budget: _Budget, inside: tuple[int, ...] = ()) -> Value:
    if not budget.spend():
        raise fail(text, node.start, "too many aliases")
    if len(inside) > 2 * MAX_DEPTH:  # aliases within aliases: deeper than the text itself
        raise fail(text, node.start, "too deep")
    if isinstance(node, Scalar):
        return _scalar(text, node)
    if isinstance(node, Alias):
        if id(node.target) in inside:
            raise fail(text, node.start, "an anchor contains itself")
        budget.depth += 1
        value = _value(text, node.target, budget, inside)
        budget.depth -= 1
        return value
    inside = (*inside, id(node))
    if not node.is_mapping:
        return [_value(text, child, budget, inside) for child in node.children]
    mapping: dict[str, Value] = {}
    _fill(text, node, mapping, budget, inside)
    return mapping


def _scalar(text: str, node: Scalar) -> str | Opaque:
    if not node.plain:
        return node.text
    try:
        return resolve_plain(node.text)
    except NotJson as error:
        raise fail(text, node.start, str(error)) from error


def _fill(text: str, node: Collection, into: dict[str, Value], budget: _Budget, inside: tuple[int, ...]) -> None:
    """Set the keys of a mapping in the order of the text; a merge key overwrites what stands before it, as in Go."""
    pairs = iter(node.children)
    for key_node, value_node in zip(pairs, pairs, strict=True):
        if isinstance(key_node, Scalar) and key_node.plain and key_node.text == "<<":
            _merge(text, value_node, into, budget, inside)
            continue
        key = _value(text, key_node, budget, inside)
        if key is Opaque.NULL or not isinstance(key, (str, Opaque)):
            raise fail(text, key_node.start, "a key that is null, a list or a mapping has no form in JSON")
        value = _value(text, value_node, budget, inside)
        if isinstance(key, str):
            into[key] = value


def _merge(text: str, node: Node, into: dict[str, Value], budget: _Budget, inside: tuple[int, ...]) -> None:
    is_list = isinstance(node, Collection) and not node.is_mapping
    for source in reversed(node.children) if isinstance(node, Collection) and is_list else (node,):
        target = source.target if isinstance(source, Alias) else source
        if not isinstance(target, Collection) or not target.is_mapping:
            raise fail(text, source.start, "a merge key needs a mapping or a list of mappings")
        if id(target) in inside or not budget.spend():
            raise fail(text, source.start, "an anchor contains itself, or too many aliases")
        depth = budget.depth
        budget.depth += isinstance(source, Alias)
        _fill(text, target, into, budget, (*inside, id(target)))
        budget.depth = depth
