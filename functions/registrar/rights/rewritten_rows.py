"""Rows of ours that another tool has put into a style of its own: they may go from the text, but never into it.

Such a row is known by its key ``username`` in the place of a key: at the row's own depth (what is deeper may be text
within a foreign row), or behind whole pairs of a mapping on one line. Comments and blank lines behind it stay.
A row with an anchor is not taken for ours: a foreign row may lean on it.
"""

from __future__ import annotations

import re

from registrar.rights.cel import Variable, raw, text, variable
from registrar.rights.scope import Scope


def rewritten_rows(scope: Scope) -> list[Variable]:
    """``oldUnstyled``: the old foreign text without such rows; it begins with ``cut``, as ``oldForeign`` does."""
    name = re.escape(scope.installation)
    mark = text(f"{scope.installation}:")
    one_line = raw(rf"""^[ \t]*\{{("[^"\\]*": ?("[^"\\]*"|\[[^]{{}}]*\]), ?)*"username": ?"{name}:""")
    key = raw(rf"""["']?username["']?: ?["']?{name}:""")
    return [
        variable("inner", "variables.dash.replace('-', ' ')"),
        # A block list, as [row, what of it is ours].
        variable(
            "oldRows",
            f"""
            variables.oldForeign.substring(variables.cut.size()).split(variables.dash).map(r,
              [r, !r.contains({mark}) || r.contains('&') ? 'nothing'
              : r.contains('{{"') && r.matches({one_line}) ? 'its line'
              : r.matches('(^ *|' + variables.inner + r.find('^ *') + ')' + {key}) ? 'its lines'
              : 'nothing'])
            """,
        ),
        # A flow list, as [line, what of it is ours]. Two rows on one line have more braces.
        variable(
            "oldLines",
            rf"""
            variables.oldForeign.substring(variables.cut.size()).split('\n').map(l,
              [l, l.contains({mark}) && !l.contains('&') && l.split('{{').size() == 4 && l.split('}}').size() == 4
                && l.split('}}')[3].trim() in variables.ends && l.matches({one_line}) ? 'its line' : 'nothing'])
            """,
        ),
        variable(
            "oldUnstyled",
            r"""
            variables.cut + (variables.flow
              ? variables.oldLines.filter(l, l[1] == 'nothing').map(l, l[0]).join('\n')
              : variables.oldRows.map(r,
                r[1] == 'its line' ? r[0].find(r'\n[\s\S]*$')
                : r[1] == 'its lines' ? r[0].find(r'\n[ \t\r]*([#\n][\s\S]*)?$')
                : variables.dash + r[0]).join('').substring(variables.dash.size()))
            """,
        ),
    ]
