"""Attacks on mapRoles by whoever holds the registrar's token, and the words in which each is refused."""

import json
from dataclasses import dataclass

from registrar_identity import ADMINS, FOREIGN, ITSELF, NODE, line, row

FOREIGN_TEXT = "foreign text of mapRoles would differ"
STAND_FIRST = "the registrar's rows stand first"
ONE_FORM = "not in its one form"
ROLE = "for no role, or for one of an account that no rule names"
GROUP = "a group that no rule of the configuration names"
NO_LIST = "no row can safely be put there"
BEFORE_LIST = "what stands before the list"

OURS = line("dev")
FLOW = json.dumps(
    [{"rolearn": f"arn:aws:iam::123456789012:role/{name}", "groups": [group]}
     for name, group in (("node", "system:nodes"), ("eks-registrar", "eks-registrar-controller"))]
)  # fmt: skip

# A username that begins like ours and is not read as ours, in three styles of a row.
_HAND_WRITTEN = '{"rolearn": "arn:aws:iam::123456789012:role/ops", "username": "eks-registrar:ops:{{SessionName}}"'
BEGINS_LIKE_OURS = {
    "our form": f'- {_HAND_WRITTEN}, "groups": ["x"]}}\n',
    "one line": f'- {_HAND_WRITTEN.replace(": ", ":")},"groups":["x"]}}\n',
    "many lines": """\
- rolearn: arn:aws:iam::123456789012:role/ops
  username: eks-registrar:ops:{{SessionName}}
  groups:
  - x
""",
    "many lines with quotes": """\
- "groups": ["x"]
  "rolearn": "arn:aws:iam::123456789012:role/ops"
  "username": "eks-registrar:123456789012:role/ops:{{SessionName}}:x"
""",
}
FLOW_THAT_BEGINS_LIKE_OURS = f'[\n{_HAND_WRITTEN}, "groups": ["x"]}},\n{FLOW[1:]}'


# The registrar's own way in under a username that somebody has made one of ours.
_ITSELF_AS_OURS = line("eks-registrar", "oncall", "eks-registrar-controller")
_ITSELF_IN_BLOCK_STYLE = """\
- rolearn: arn:aws:iam::123456789012:role/eks-registrar
  username: eks-registrar:123456789012:role/eks-registrar:{{SessionName}}
  groups: [oncall, eks-registrar-controller]
"""


@dataclass(frozen=True)
class Attack:
    """A body, what the registrar tries to make of it, and the words in which that is refused."""

    name: str
    after: str | None
    reason: str
    before: str = OURS + FOREIGN


def with_row(text: str) -> str:
    """The body with one more row, given as text, at its head."""
    return f"- {text}\n{OURS}{FOREIGN}"


FOREIGN_ROWS = [
    Attack(
        "the role of the system:masters row swapped", OURS + FOREIGN.replace("role/admin", "role/evil"), FOREIGN_TEXT
    ),
    Attack(
        "a group added to a foreign row",
        OURS + FOREIGN.replace("- system:nodes", "- system:nodes\n  - x"),
        FOREIGN_TEXT,
    ),
    Attack("the node's row behind a comment sign", OURS + FOREIGN.replace("- rolearn", "#- rolearn", 1), FOREIGN_TEXT),
    Attack("the node's row gone", OURS + ADMINS + ITSELF, FOREIGN_TEXT),
    Attack("all rows gone", "", FOREIGN_TEXT),
    Attack("an empty list", "[]", FOREIGN_TEXT),
    Attack("the key gone", None, "of the data of aws-auth only mapRoles"),
    Attack("a comment changed", OURS + FOREIGN.replace("Break glass", "Breaks glass"), FOREIGN_TEXT),
    Attack("a blank at the end of a foreign line", OURS + FOREIGN.replace("groups:\n", "groups: \n"), FOREIGN_TEXT),
    Attack("a foreign line further in", OURS + FOREIGN.replace("  username", "   username", 1), FOREIGN_TEXT),
    Attack("line ends of CR and LF", OURS + FOREIGN.replace("\n", "\r\n"), FOREIGN_TEXT),
    Attack("two foreign rows in another order", OURS + ADMINS + NODE + ITSELF, FOREIGN_TEXT),
    Attack("an unfinished list at the end", OURS + FOREIGN + "- [\n", FOREIGN_TEXT),
    Attack(
        "a second row for the node's role",
        OURS + FOREIGN + "- rolearn: arn:aws:iam::123456789012:role/node\n",
        FOREIGN_TEXT,
    ),
    Attack("a new foreign row before ours", "- rolearn: x\n" + OURS + FOREIGN, FOREIGN_TEXT),
    Attack(
        "a row under a reserved username",
        OURS.replace("eks-registrar:1", "eks:addon-manager:1") + FOREIGN,
        FOREIGN_TEXT,
    ),
    Attack(
        "a row of another installation", line("x").replace("eks-registrar:1", "other:1") + OURS + FOREIGN, FOREIGN_TEXT
    ),
    Attack(
        "its own row given another group",
        OURS + FOREIGN.replace("[eks-registrar-controller]", "[oncall]"),
        FOREIGN_TEXT,
    ),
    Attack(
        "its own row removed under a username of ours", OURS + FOREIGN, FOREIGN_TEXT, OURS + FOREIGN + _ITSELF_AS_OURS
    ),
    Attack(
        "its own row removed under a username of ours, in block style",
        OURS + FOREIGN,
        FOREIGN_TEXT,
        OURS + FOREIGN + _ITSELF_IN_BLOCK_STYLE,
    ),
    Attack("an end of the document behind ours", OURS + "...\n" + FOREIGN, FOREIGN_TEXT),
    Attack("a document of its own for ours", OURS + "---\n" + FOREIGN, FOREIGN_TEXT),
    Attack("a byte order mark", "\ufeff" + OURS + FOREIGN, FOREIGN_TEXT),
    Attack("a line break of YAML 1.1 behind ours", OURS + "\x85" + FOREIGN, FOREIGN_TEXT),
    Attack("a tab in a line of its own", OURS + "\t\n" + FOREIGN, FOREIGN_TEXT),
]

PLACES = [
    Attack("a row behind the foreign ones", FOREIGN + OURS, STAND_FIRST),
    Attack("a row between foreign ones", OURS + NODE + line("x") + ADMINS + ITSELF, STAND_FIRST),
    Attack("a row at another indentation", "  " + OURS + FOREIGN, FOREIGN_TEXT, FOREIGN),
    Attack("before the mark of the document", OURS + "---\n" + FOREIGN, BEFORE_LIST, "---\n" + FOREIGN),
    Attack("before a flow list behind a comment", OURS + "# people\n" + FLOW, NO_LIST, "# people\n" + FLOW),
    Attack("before a flow list behind a blank", OURS + " " + FLOW, NO_LIST, " " + FLOW),
    Attack("before a flow list behind a hidden line break", f"{OURS}#\u2028{FLOW}", NO_LIST, f"#\u2028{FLOW}"),
    Attack("before an anchor on the list", OURS + "&all\n" + FOREIGN, NO_LIST, "&all\n" + FOREIGN),
    Attack("before a tag on the list", OURS + "!!seq\n" + FOREIGN, NO_LIST, "!!seq\n" + FOREIGN),
    Attack("a block row in a flow list", OURS + FLOW, BEFORE_LIST, FLOW),
    Attack("a flow row behind a foreign one", FLOW[:-1] + ",\n" + row("x") + ",\n]", FOREIGN_TEXT, FLOW),
    Attack("a flow row without its comma", f"[\n{row('x')}\n{FLOW[1:]}", "denied request", FLOW),
]  # fmt: skip

FORMS = [
    Attack("a key twice", with_row(row("x").replace('"groups"', '"groups": ["system:masters"], "groups"')), ONE_FORM),
    Attack("a key more", with_row(row("x").replace("]}", '], "userid": "x"}')), ONE_FORM),
    Attack("an escape", with_row(row("x").replace("view", "\\u0076iew")), GROUP),
    Attack("an escape in the ARN", with_row(row("x").replace("role/x", "role/\\u0078", 1)), ONE_FORM),
    Attack("U+0085 in the username", with_row(row("x\x85y")), ROLE),
    Attack("U+2028 in the username", with_row(row("x\u2028y")), ROLE),
    Attack("a comment behind the row", with_row(row("x") + " # hello"), FOREIGN_TEXT),
    Attack("blanks behind the row", with_row(row("x") + "  "), ONE_FORM),
    Attack("two rows on one line", with_row(row("x") + "," + row("y")), FOREIGN_TEXT),
    Attack("the username of another role", with_row(row("x").replace("role/x:", "role/dev:")), ONE_FORM),
    Attack("a username without its session", with_row(row("x").replace(":{{SessionName}}", "")), FOREIGN_TEXT),
    Attack("a username that goes on behind its session", with_row(row("x").replace("}}", "}}:x")), FOREIGN_TEXT),
    Attack("a row in block style", "- rolearn: x\n  username: eks-registrar:x\n" + OURS + FOREIGN, FOREIGN_TEXT),
]

ROLES = [
    Attack("a role of another account", with_row(row("x", account="666666666666")), ROLE),
    Attack("a wildcard", with_row(row("*")), ROLE),
    Attack("a question mark", with_row(row("node?")), ROLE),
    Attack("a path", with_row(row("team/x")), FOREIGN_TEXT),
    Attack("a user", with_row(row("x").replace(":role/", ":user/")), FOREIGN_TEXT),
    Attack("a session", with_row(row("x").replace("arn:aws:iam", "arn:aws:sts")), ROLE),
    Attack("another partition's look-alike", with_row(row("x").replace("arn:aws:", "arn:evil:")), ROLE),
]

GROUPS = [
    Attack(group, with_row(row("x", group)), GROUP)
    for group in (
        "system:masters", "platform-admins", "ci-viewers",
        "eks-registrar:cluster-admin", "eks-registrar:admin", "eks-registrar:edit", "eks-registrar:admin@payments",
        "eks-registrar:edit@kube-system", "eks-registrar:edit@kube-public", "eks-registrar:edit@eks-registrar",
        "eks-registrar:edit@a@kube-system", "eks-registrar:edit@a kube-system", "eks-registrar:edit@", "Oncall",
        "eks-registrar:edit@A", "eks-registrar:view, system:masters", "oncall ", "", "eks-registrar:", "other:view",
    )
] + [
    Attack("a way in like the registrar's own", with_row(row("x", "eks-registrar-controller")), FOREIGN_TEXT),
    Attack("a way in beside a good group", with_row(row("x", "oncall", "eks-registrar-controller")), FOREIGN_TEXT),
    Attack("a template for system:masters", with_row(row("x", "s{{SessionName}}em:masters")), FOREIGN_TEXT),
    Attack("one bad group behind a good one", with_row(row("x", "oncall", "system:masters")), GROUP),
    Attack("no group", with_row(row("x").replace('"eks-registrar:view"', "")), ONE_FORM),
    Attack("a missing comma", with_row(row("x", "oncall").replace('"oncall"', '"oncall""oncall"')), GROUP),
    Attack("a comma too many", with_row(row("x", "oncall").replace('"oncall"', '"oncall", ')), ONE_FORM),
]  # fmt: skip

# What is not the registrar's may look like it.
LOOK_ALIKES = [
    Attack("a foreign row whose comment holds our username", FOREIGN, FOREIGN_TEXT,
           FOREIGN + "- rolearn: x\n  # username: eks-registrar:x\n  username: y\n"),
    Attack("a foreign row whose text holds our username", FOREIGN, FOREIGN_TEXT,
           FOREIGN + "- rolearn: x\n  note: |\n    username: eks-registrar:x\n"),
    Attack("a foreign row whose text holds a row of ours", FOREIGN, FOREIGN_TEXT,
           FOREIGN + f"- rolearn: x\n  note: |\n    - {row('x')}\n"),
    Attack("a foreign row on one line whose text holds our username", FOREIGN, FOREIGN_TEXT,
           FOREIGN + '- {"rolearn": "x", "note": "username: eks-registrar:x"}\n'),
    Attack("a rewritten row of ours that a foreign one leans on", FOREIGN + "- *a\n", FOREIGN_TEXT,
           f"- &a {row('x')}\n" + FOREIGN + "- *a\n"),
    Attack("what stands behind the end of the document", FOREIGN + "- rolearn: y\n", FOREIGN_TEXT,
           FOREIGN + "- rolearn: x\n  username: eks-registrar:x\n...\n- rolearn: y\n"),
    Attack("a foreign row on the line of one of ours in a flow list", "[\n" + FLOW[1:], FOREIGN_TEXT,
           f"[\n{row('x')},{{\"rolearn\": \"y\"}},\n{FLOW[1:]}"),
]  # fmt: skip
BEGINNINGS = [
    Attack(f"a hand-written row that begins like ours {done}, in {style}", OURS + after + FOREIGN, FOREIGN_TEXT,
           OURS + text + FOREIGN)
    for style, text in BEGINS_LIKE_OURS.items()
    for done, after in (("gone", ""), ("changed", text.replace("role/ops", "role/evil")))
] + [
    Attack("a hand-written row that begins like ours gone from a flow list", FLOW, FOREIGN_TEXT,
           FLOW_THAT_BEGINS_LIKE_OURS),
    Attack("a hand-written row that begins like ours changed in a flow list",
           FLOW_THAT_BEGINS_LIKE_OURS.replace("role/ops", "role/evil"), FOREIGN_TEXT, FLOW_THAT_BEGINS_LIKE_OURS),
    Attack("a new row that begins like ours", BEGINS_LIKE_OURS["our form"] + OURS + FOREIGN, FOREIGN_TEXT),
]  # fmt: skip

ATTACKS = [*FOREIGN_ROWS, *PLACES, *FORMS, *ROLES, *GROUPS, *LOOK_ALIKES, *BEGINNINGS]
