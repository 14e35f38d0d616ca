"""The admission policy on aws-auth: our rows in one form, in one place, for what rules name; every other byte stays.

It judges text, without a YAML parser, so it accepts only what leaves nothing to interpret:

* *place*: in a block list our rows are the first lines (after a ``---`` line), at the indentation of the list; in a
  flow list each stands on a line of its own behind the opening bracket. Where anything but blanks and comments stands
  before the list, nothing may be written: a line put before an anchor or a bracket further down unmaps every node.
* *foreign text*: the text without the lines that are ours, the same before and after. Rows of ours that another tool
  rewrote count as ours in the text before, never in the text after.
* *form*: a row is rebuilt from its ARN and its groups, and must be what was rebuilt. A row that stood there before
  may stay as it is, whatever the rules say by now; else a rule that goes would stop every write.

CEL counts a cost and stops at 1,000,000 in one expression (``k8s.io/apiserver/pkg/apis/cel/config.go``), so each
variable walks the text once, and no regular expression is put to a whole text.
"""

from __future__ import annotations

from typing import Any

from registrar.marks import SESSION
from registrar.rights.admission import admission_policy, metadata_stays
from registrar.rights.cel import Validation, Variable, raw, text, validation, variable
from registrar.rights.grants import NO_RULE_NAMES, group_is_allowed, scope_variables
from registrar.rights.rbac import AWS_AUTH
from registrar.rights.rewritten_rows import has_way_in, owner, rewritten_rows
from registrar.rights.scope import Scope

# A comment must not hold what YAML 1.1 also takes for a line break: a list could begin behind it.
_COMMENT = r"(#[^\r\n\x{85}\x{2028}\x{2029}]*)?"
_BLANKS = rf"([ \t]*{_COMMENT}\r?\n)*"

_HEAD = rf"^{_BLANKS}---[ \t]*{_COMMENT}\r?\n"
_OPENING = rf"^{_BLANKS} *- "
_NOTHING = rf"^{_BLANKS}[ \t]*{_COMMENT}$"

# The list must begin within this many characters.
_TOP = 20_000

_ROLE_ARN = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@-]+$"

# Our form has three closing braces, and nothing but a comma behind them: no second row hides on its line.
# A row with a former name of ours is ours as well; no rule below lets one in that did not stand there.
_KIND = f"""
p[0] == '' && p[1].matches({raw(f"^{owner()}$")}) && !p[2].contains('&')
  && p[2].split('}}').size() == 4 && p[2].split('}}')[3].trim() in variables.ends ? 'ours' : 'foreign'
""".strip()

# Our new rows as [line, ARN, text of the groups].
_ROWS = variable(
    "rows",
    """
    variables.newOurs.map(r, [r, r.split('"')[0], r.split('"groups": ["')[?1].orValue('').split('"]}')[0]])
    """,
)


def aws_auth_policy(scope: Scope) -> list[dict[str, Any]]:
    """The policy and its binding."""
    return admission_policy(
        scope,
        AWS_AUTH,
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [AWS_AUTH]},
        variables=[
            *scope_variables(scope),
            *_place(),
            *_form(scope),
            *_side("old", scope),
            *_side("new", scope),
            *rewritten_rows(scope),
            _ROWS,
        ],
        validations=[*_text_rules(), *_row_rules()],
    )


def _place() -> list[Variable]:
    """Where our rows belong, by the text before the write.

    ``head`` is all up to a ``---`` line, ``opening`` all between it and the first row, the dash included: empty where
    there is no block list. ``place`` is what stands before our rows.
    """
    return [
        variable("oldText", "oldObject.?data[?'mapRoles'].orValue('')"),
        variable("newText", "object.?data[?'mapRoles'].orValue('')"),
        variable(
            "top",
            f"""
            variables.oldText.size() <= {_TOP} ? variables.oldText : variables.oldText.substring(0, {_TOP})
            """,
        ),
        variable("head", f"variables.top.find({raw(_HEAD)})"),
        variable("opening", f"variables.top.substring(variables.head.size()).find({raw(_OPENING)})"),
        variable("flow", "variables.oldText.startsWith('[')"),
        variable("place", "variables.flow ? '[' : variables.head"),
    ]


def _form(scope: Scope) -> list[Variable]:
    """The fixed words of a row. ``dash`` begins any row of a block list, ``cut`` a row of ours up to its ARN."""
    return [
        variable("dash", r"""'\n' + (variables.opening == '' ? '- ' : variables.opening.find(r' *- $'))"""),
        variable("cut", r"""(variables.flow ? '\n' : variables.dash) + '{"rolearn": "'"""),
        variable("user", _user(scope.installation)),
        variable("session", text(f':{SESSION}", "groups": ["')),
        variable("end", """variables.flow ? '"]},' : '"]}'"""),
        variable("ends", "variables.flow ? [',', ''] : ['']"),
    ]


def _user(installation: str) -> str:
    return text(f'", "username": "{installation}:')


def _whom(scope: Scope) -> str:
    """What follows our name in the username of a line; '' if it does not begin like one of ours.

    Only what ``marks.owner_of`` reads makes the row ours: one that merely begins like it is foreign.
    """
    users = ["variables.user", *(_user(name) for name in scope.formerly)]
    found = [f"p[0].contains({user}) ? p[0].split({user})[1].split('\"')[0]" for user in users]
    return "\n  : ".join([*found, "''"])


def _side(side: str, scope: Scope) -> list[Variable]:
    """One side of the write, cut into our lines, and the foreign text that is left without them.

    Both sides begin with a line break, so that the first line is like any other; ``Foreign`` begins with ``cut``.
    """
    return [
        variable(
            f"{side}Body",
            rf"""
            !variables.{side}Text.startsWith(variables.place) ? ''
              : (variables.flow ? '' : '\n') + variables.{side}Text.substring(variables.place.size())
            """,
        ),
        # [the first line, all that follows it], then one after the other before them: whom it is for, whether it is the
        # registrar's own way in (to be left alone, whatever its username is), and the kind.
        variable(f"{side}Cut", rf"variables.{side}Body.split(variables.cut).map(p, p.split('\n', 2))"),
        variable(f"{side}Whom", f"variables.{side}Cut.map(p, [{_whom(scope)}] + p)"),
        variable(
            f"{side}WaysIn",
            f"variables.{side}Whom.map(p, [p[0] != '' && {has_way_in('p[1]', scope)} ? 'way in' : ''] + p)",
        ),
        variable(f"{side}Pieces", f"variables.{side}WaysIn.map(p, [{_KIND}] + p)"),
        variable(f"{side}Ours", f"variables.{side}Pieces.filter(p, p[0] == 'ours').map(p, p[3])"),
        variable(
            f"{side}Foreign",
            rf"""
            variables.{side}Pieces.map(p,
              (p[0] == 'ours' ? '' : variables.cut + p[3]) + (p.size() == 5 ? '\n' + p[4] : '')).join('')
            """,
        ),
    ]


def _text_rules() -> list[Validation]:
    return [
        validation("the registrar neither creates nor deletes aws-auth", "request.operation == 'UPDATE'"),
        validation(
            "of the data of aws-auth only mapRoles is the registrar's",
            """
            oldObject.?data.orValue({}).all(k,
              k in object.?data.orValue({}) && (k == 'mapRoles' || object.data[k] == oldObject.data[k]))
            && object.?data.orValue({}).all(k, k == 'mapRoles' || k in oldObject.?data.orValue({}))
            && object.?binaryData.orValue({}) == oldObject.?binaryData.orValue({})
            """,
        ),
        metadata_stays(AWS_AUTH),
        validation(
            "mapRoles is no list, or holds something before it: no row can safely be put there, nothing may be written",
            f"""
            variables.newText == variables.oldText || variables.flow || variables.opening != ''
            || (variables.oldText.size() <= {_TOP}
              && variables.top.substring(variables.head.size()).matches({raw(_NOTHING)}))
            """,
        ),
        validation(
            "what stands before the list in mapRoles is not the registrar's",
            "variables.newText.startsWith(variables.place)",
        ),
        validation(
            "the registrar may not change what is not its own: foreign text of mapRoles would differ",
            f"{_same_as('variables.oldForeign')}\n|| {_same_as('variables.oldUnstyled')}",
        ),
        validation(
            "the registrar's rows stand first, so that a foreign row always wins",
            "variables.newBody.startsWith(variables.newOurs.map(r, variables.cut + r).join(''))",
        ),
    ]


def _same_as(foreign: str) -> str:
    """Whether the new foreign text is this one, but for the line break behind a bracket or at an end without one."""
    return (
        f"variables.newForeign == {foreign}"
        rf" || (!variables.oldText.endsWith('\n') && variables.newForeign == {foreign} + '\n')"
        f"\n|| (variables.flow"
        rf" && variables.newForeign == variables.cut + '\n' + {foreign}.substring(variables.cut.size()))"
    )


def _row_rules() -> list[Validation]:
    # `||` in this order: looking for a row among all the old ones costs their number.
    return [
        validation(
            "a row of the registrar is not in its one form",
            """
            variables.rows.all(r,
              r[0] == r[1] + variables.user + r[1].split('::')[?1].orValue('')
                + variables.session + r[2] + variables.end
              || r[0] in variables.oldOurs)
            """,
        ),
        validation(
            "a row of the registrar is for no role, or for one of an account that no rule names",
            f"""
            variables.rows.all(r,
              (r[1].matches({raw(_ROLE_ARN)}) && r[1].split(':')[4] in variables.accounts)
              || r[0] in variables.oldOurs)
            """,
        ),
        validation(
            f"a row of the registrar has a group that {NO_RULE_NAMES}",
            f"""
            variables.rows.all(r,
              r[2].split('", "').all(g, {group_is_allowed("g")})
              || r[0] in variables.oldOurs)
            """,
        ),
    ]
