"""Rows of ours that another tool has put into a style of its own: they may go from the text, but never into it.

Such a row is known by its key ``username`` in the place of a key: at the row's own depth (what is deeper may be text
within a foreign row), or behind whole pairs of a mapping on one line. The value must be one that ``marks.owner_of``
reads: a row that merely begins like ours is foreign. Comments on its lines and between them stay, as lines of their
own, and so do the blank lines and comments behind it. A row with an anchor is not taken for ours (a foreign row may
lean on it), nor one that ends the document.
"""

from __future__ import annotations

from collections.abc import Iterable

from registrar.marks import SESSION, controller_group
from registrar.rights.cel import Variable, literal, raw, text, variable
from registrar.rights.scope import Scope

# Blank lines and comments at the end of a row's text, and any comment.
_BEHIND = r"r'(\n[ \t\r]*(#[^\n]*)?)*$'"
_COMMENT = r"r'[\n \t][ \t]*#[^\n]*'"

# The last text in quotes, without its first quote.
_LAST = """r'[^"]*"$'"""

# A row read from its start, so that no comment is taken for text: a blank with the comments behind it, a text in
# quotes, and any other character, in a list one that does not end it.
_SPACE = r"\s(#[^\n]*\n)*"
_QUOTED = r""""([^"\\]|\\.)*"|'[^']*'"""
_OTHER = r"""[^\s"'#]#*"""
_IN_LIST = r"""[^]\s"'#]#*"""
_GROUPS_KEY = rf"""^(#[^\n]*\n)*(({_SPACE}|{_QUOTED}|{_OTHER})*({_SPACE}|[{{,]))?["']?(?i:groups)["']?\s*:"""

# Nothing leans on the row, and the document does not end with it.
_FREE = r"""!p[1].contains('&') && !p[1].contains('\n...') && !p[1].contains('\n---')"""


def rewritten_rows(scope: Scope) -> list[Variable]:
    """``oldUnstyled``: the old foreign text without such rows; it begins with ``cut``, as ``oldForeign`` does."""
    return [
        variable("inner", "variables.dash.replace('-', ' ')"),
        # Each walk over the rows is a variable of its own, with a budget of its own: [what was found, row].
        variable("oldOneLine", _on_one_line(scope)),
        variable("oldKeys", _in_block_style(scope)),
        variable("oldUsers", f"variables.oldKeys.map(p, {_no_way_in(scope)})"),
        variable(
            "oldRows", f"variables.oldUsers.map(p, [p[0].{_is_ours(scope)} && {_FREE} ? 'ours' : 'foreign', p[1]])"
        ),
        # Of a row of ours also what is behind it.
        variable("oldParts", f"variables.oldRows.map(r, r[0] == 'ours' ? ['ours', r[1], r[1].find({_BEHIND})] : r)"),
        variable("oldFlowLines", _lines_of_a_flow_list(scope)),
        variable("oldFlowUsers", f"variables.oldFlowLines.map(p, {_no_way_in(scope)})"),
        variable(
            "oldLines",
            f"variables.oldFlowUsers.map(p, [p[0].find({_LAST}).{_is_ours(scope)} ? 'ours' : 'foreign', p[1]])",
        ),
        variable(
            "oldUnstyled",
            rf"""
            variables.cut + (variables.flow
              ? variables.oldLines.filter(l, l[0] == 'foreign').map(l, l[1]).join('\n')
              : variables.oldParts.map(r, r[0] == 'foreign' ? variables.dash + r[1]
                : r[1].substring(0, r[1].size() - r[2].size()).findAll({_COMMENT})
                    .map(c, '\n' + c.replace('\n', '')).join('') + r[2]
              ).join('').substring(variables.dash.size()))
            """,
        ),
    ]


def owner() -> str:
    """What follows a name and a colon in a username of ours, in RE2."""
    return rf"[^:]+:role/[^/:]+:{literal(SESSION)}"


def has_way_in(line: str, scope: Scope) -> str:
    """Whether a row in the fixed form has the group of the registrar itself, of today's name or a former one."""
    groups = [text(f'"{controller_group(name)}"') for name in (scope.installation, *scope.formerly)]
    return _any_of(f"{line}.contains({group})" for group in groups)


def _no_way_in(scope: Scope) -> str:
    """A pair of [where the username is, row] without the first where the row has that group.

    ``marks.is_way_in`` reads the groups; so must this, or the two disagree and every write is refused. Comments, the
    ARN and the username may hold the same word. Two styles of a list are looked for: with a dash before each item, and
    in brackets behind the key. Not read are escapes, aliases and texts of many lines (``|``): a row that has the group
    by such means is for the registrar's own code to leave alone.
    """
    groups = [controller_group(name) for name in (scope.installation, *scope.formerly)]
    word = literal(groups[0]) if len(groups) == 1 else f"({'|'.join(map(literal, groups))})"
    mentioned = _any_of(f"p[1].contains({text(group)})" for group in groups)
    # Cheap looks first: many roles may have a name that begins like the group's.
    alone = raw(rf"""[\s["',]{word}([]\s"',]|$)""")
    item = raw(rf"""\n[ \t]*- +["']?{word}["']?([ \t]+#|[ \t\r]*(\n|$))""")
    listed = rf"""(({_SPACE}|{_QUOTED}|{_IN_LIST})*,)?({_SPACE})*["']?{word}["']?({_SPACE})*[],]"""
    bracketed = raw(rf"{_GROUPS_KEY}({_SPACE})*\[{listed}")
    return (
        f"p[0] != '' && {mentioned} && p[1].matches({alone})\n"
        f"  && (p[1].matches({item}) || p[1].contains('[') && p[1].matches({bracketed})) ? ['', p[1]] : p"
    )


def _any_of(looks: Iterable[str]) -> str:
    found = list(looks)
    return found[0] if len(found) == 1 else f"({' || '.join(found)})"


def _on_one_line(scope: Scope) -> str:
    """A list of [mapping up to the end of its username or '', row]."""
    return rf"""
        variables.oldForeign.substring(variables.cut.size()).split(variables.dash).map(r,
          [{_mentioned("r", scope)} && r.contains('{{"') ? r.{_find_username(scope)} : '', r])
    """


def _in_block_style(scope: Scope) -> str:
    """A list of [username or line of the key or '', row]."""
    key = raw(rf"""["']?username["']?: ?["']?{_names(scope)}:[^\n]*""")
    return rf"""
        variables.oldOneLine.map(p,
          [p[0] == '' && {_mentioned("p[1]", scope)}
            ? p[1].find('(^ *|' + variables.inner + p[1].find('^ *') + ')' + {key}) : p[0].find({_LAST}), p[1]])
    """


def _lines_of_a_flow_list(scope: Scope) -> str:
    """A list of [mapping up to the end of its username or '', line]. Two rows on one line have more braces."""
    return rf"""
        variables.oldForeign.substring(variables.cut.size()).split('\n').map(l,
          [{_mentioned("l", scope)} && !l.contains('&')
            && l.split('{{').size() == 4 && l.split('}}').size() == 4 && l.split('}}')[3].trim() in variables.ends
            ? l.{_find_username(scope)} : '', l])
    """


def _is_ours(scope: Scope) -> str:
    """The call that tells whether a text is a username of ours, with or without key, quotes and a comment behind it."""
    key = r"""([^:]*username["']?: ?["']?)?"""
    end = r"""(["'].*|[ \t\r]*|[ \t]+#.*)"""
    return f"matches({raw(f'^{key}{_names(scope)}:{owner()}{end}$')})"


def _names(scope: Scope) -> str:
    """Today's name and the former ones, in RE2."""
    names = [literal(name) for name in (scope.installation, *scope.formerly)]
    return names[0] if len(names) == 1 else f"({'|'.join(names)})"


def _mentioned(piece: str, scope: Scope) -> str:
    """A cheap look before a regular expression is put to the piece."""
    return _any_of(f"{piece}.contains({text(name + ':')})" for name in (scope.installation, *scope.formerly))


def _find_username(scope: Scope) -> str:
    """The call that finds a mapping on one line up to the end of its username, if that begins like ours."""
    pairs = r"""("[^"\\]*": ?("[^"\\]*"|\[[^]{}]*\]), ?)*"""
    mapping = raw(rf"""^[ \t]*\{{{pairs}"username": ?"{_names(scope)}:[^"]*["]""")
    return f"find({mapping})"
