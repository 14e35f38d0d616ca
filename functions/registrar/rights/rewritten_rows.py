"""Rows of ours that another tool has put into a style of its own: they may go from the text, but never into it.

Such a row is known by its key ``username`` in the place of a key: at the row's own depth (what is deeper may be text
within a foreign row), or behind whole pairs of a mapping on one line. Comments on its lines and between them stay, as
lines of their own, and so do the blank lines and comments behind it. A row with an anchor is not taken for ours (a
foreign row may lean on it), nor one that ends the document.
"""

from __future__ import annotations

from registrar.rights.cel import Variable, literal, raw, text, variable
from registrar.rights.scope import Scope

# Blank lines and comments at the end of a row's text, and any comment.
_BEHIND = r"r'(\n[ \t\r]*(#[^\n]*)?)*$'"
_COMMENT = r"r'[\n \t][ \t]*#[^\n]*'"


def rewritten_rows(scope: Scope) -> list[Variable]:
    """``oldUnstyled``: the old foreign text without such rows; it begins with ``cut``, as ``oldForeign`` does."""
    return [
        variable("inner", "variables.dash.replace('-', ' ')"),
        variable("oldRows", _rows_of_a_block_list(scope)),
        # Of a row of ours also what is behind it.
        variable("oldParts", f"variables.oldRows.map(r, r[0] == 'ours' ? ['ours', r[1], r[1].find({_BEHIND})] : r)"),
        variable("oldLines", _lines_of_a_flow_list(scope)),
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


def _rows_of_a_block_list(scope: Scope) -> str:
    """A list of ['foreign', row] and ['ours', row]."""
    key = raw(rf"""["']?username["']?: ?["']?{literal(scope.installation)}:""")
    return rf"""
        variables.oldForeign.substring(variables.cut.size()).split(variables.dash).map(r,
          r.contains({text(scope.installation + ":")})
            && !r.contains('&') && !r.contains('\n...') && !r.contains('\n---')
            && ((r.contains('{{"') && r.matches({_one_line(scope)}))
              || r.matches('(^ *|' + variables.inner + r.find('^ *') + ')' + {key}))
            ? ['ours', r] : ['foreign', r])
    """


def _lines_of_a_flow_list(scope: Scope) -> str:
    """A list of ['foreign', line] and ['ours', line]. Two rows on one line have more braces."""
    return rf"""
        variables.oldForeign.substring(variables.cut.size()).split('\n').map(l,
          [l.contains({text(scope.installation + ":")}) && !l.contains('&')
            && l.split('{{').size() == 4 && l.split('}}').size() == 4 && l.split('}}')[3].trim() in variables.ends
            && l.matches({_one_line(scope)}) ? 'ours' : 'foreign', l])
    """


def _one_line(scope: Scope) -> str:
    return raw(
        rf"""^[ \t]*\{{("[^"\\]*": ?("[^"\\]*"|\[[^]{{}}]*\]), ?)*"username": ?"{literal(scope.installation)}:"""
    )
