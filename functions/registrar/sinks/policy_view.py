"""``mapRoles`` as the admission policy of the registrar's manifests cuts it.

The policy has no YAML parser: it splits the text at the list's own marker (a flow list at line breaks) and tells our
pieces by their username. This is the same cut in Python, variable by variable, so that a body that the API server
would refuse is refused before the request, with words to look for. The two must change together.
"""

from __future__ import annotations

import re

_MARKER = re.compile(r"\n *- ")
_COMMENT = re.compile(r"(?:\n|[ \t])[ \t]*#[^\n]*")
_TRAILING = re.compile(r"(?:\n[ \t\r]*(?:#[^\n]*)?)*\Z")
_LINE_COMMENT = re.compile(r"[ \t]+#[^\n]*")
_ONE_ROW = re.compile(r"[ \t]*\{[^{}]*(\{\{SessionName\}\}[^{}]*)?\},?[ \t\r]*")
_FORM = re.compile(r'\{"rolearn": "arn:[^"\\]+", "username": "[^"\\]+", "groups": \[("[^"\\{]+"|, )+\]\},?(\n|\Z)')


def refusal(old: str | None, new: str, installation: str) -> str | None:
    """Why the policy would refuse this write, in words; ``None`` if it lets it pass.

    Whether each group is one that the configuration grants is left to the policy itself.
    """
    before, after = "\n" + (old or ""), "\n" + new
    mark = f'e": "{installation}:'
    if (old or "").startswith("["):
        lines = after.split("\n")
        ours = [line for line in lines if _is_ours(line, mark)]
        kept_before = "\n".join(line for line in before.split("\n") if not _is_old_line(line, installation))
        kept_after = "\n".join(line for line in lines if not _is_ours(line, mark))
        kept = [text.replace("\n[\n", "\n[", 1) for text in (kept_before, kept_after)]
        return _difference(*kept) or _odd(ours, lines[2 : 2 + len(ours)] if lines[1] == "[" else [])
    found = _MARKER.search(before)
    marker = found.group() if found else "\n- "
    pieces = after.split(marker)
    ours = [piece for piece in pieces if _is_ours(piece, mark)]
    kept_before = "".join(_kept_of_old(piece, marker, installation) for piece in before.split(marker))
    kept_after = "".join(_from_break(piece) if _is_ours(piece, mark) else marker + piece for piece in pieces)
    return _difference(kept_before.strip(), kept_after.strip()) or _odd(ours, pieces[1 : 1 + len(ours)])


def _is_ours(piece: str, mark: str) -> bool:
    """Ours in the new text: the fixed form, in a piece of a block list or a line of a flow list."""
    return piece.startswith('{"rolearn": ') and mark in _first_line(piece)


def _is_old_line(line: str, installation: str) -> bool:
    return _has_mark(line, installation) and _ONE_ROW.fullmatch(line) is not None


def _kept_of_old(piece: str, marker: str, installation: str) -> str:
    """What the policy takes as foreign in a piece of the old text: of a row of ours, its comments and what follows."""
    if f"{installation}:" not in piece:
        return marker + piece
    if piece.startswith("{"):
        return _kept_of_line(piece) if _has_mark(_first_line(piece), installation) else marker + piece
    key_at = marker.replace("-", " ")
    names = [f"{style}{installation}:" for style in ("username: ", 'username: "', "username: '", '"username": "')]
    if any(piece.startswith(name) or key_at + name in piece for name in names):
        return _kept_of_block(piece)
    return marker + piece


def _has_mark(line: str, installation: str) -> bool:
    """Whether a row on one line has our username, in one of the styles in which other tools write it."""
    return any(f"{style}{installation}:" in line for style in ('e": "', 'e":"', "e: ", 'e: "', "e: '"))


def _first_line(piece: str) -> str:
    return piece.split("\n", 1)[0]


def _from_break(piece: str) -> str:
    return piece[len(_first_line(piece)) :]


def _kept_of_line(piece: str) -> str:
    comment = _LINE_COMMENT.search(_first_line(piece))
    return ("\n" + comment.group() if comment else "") + _from_break(piece)


def _kept_of_block(piece: str) -> str:
    trailing = _TRAILING.search(piece)
    row, behind = (piece[: trailing.start()], trailing.group()) if trailing else (piece, "")
    return "".join("\n" + comment.removeprefix("\n") for comment in _COMMENT.findall(row)) + behind


def _odd(ours: list[str], first: list[str]) -> str | None:
    if ours != first:
        return "a row or a text with our username stands behind a foreign one"
    odd = next((piece for piece in ours if not _FORM.match(piece)), None)
    return None if odd is None else f"a row of ours is not in the fixed form: {odd[:80]}"


def _difference(before: str, after: str) -> str | None:
    if before == after:
        return None
    lines = zip(before.split("\n"), after.split("\n"), strict=False)
    shown = next((old or new for old, new in lines if old != new), "the end of the text")
    return f"bytes that it counts as foreign would change, near {shown.strip()[:80]!r}"
