"""Rows of ours that another tool rewrote, and the registrar's own way in: told apart by the groups alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from attacks_on_map_roles import FOREIGN_TEXT, OURS
from registrar_identity import FOREIGN, Registrar, given_map_roles, map_roles_of, refused
from stage import ACCOUNT, Stage, eventually, tagging
from test_drift import as_another_tool_writes, ours_and_theirs

from lab.local_eks import LocalEks
from registrar.marks import Marks
from registrar.sinks.map_roles import read_map_roles, write_map_roles

SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
WORD = "eks-registrar-controller"
COMMENT = f"# {WORD}, do not remove\n"


@dataclass(frozen=True)
class Style:
    """A row as somebody writes it: ``ROLE`` stands for the name of the role, ``GROUP`` for its last group."""

    name: str
    text: str

    def row(self, role: str, group: str) -> str:
        """The row of a role, under a username of ours."""
        return self.text.replace("ROLE", role).replace("GROUP", group)


_ARN = "arn:aws:iam::123456789012:role/ROLE"
_USER = "eks-registrar:123456789012:role/ROLE:{{SessionName}}"
_JSON = f'"rolearn": "{_ARN}", "username": "{_USER}"'
_BLOCK = f"  rolearn: {_ARN}\n  username: {_USER}\n"
STYLES = [
    Style("a block list first", f"- groups:\n  - oncall\n  - GROUP\n{_BLOCK}"),
    Style("a block list last", f"- {_BLOCK.strip()}\n  groups:\n    - oncall\n    - GROUP\n"),
    Style("wide dashes", f"- {_BLOCK.strip()}\n  groups:\n  -   oncall\n  -   GROUP\n"),
    Style("one quote", f"- {_BLOCK.strip()}\n  groups:\n  - 'oncall'\n  - 'GROUP'\n"),
    Style("two quotes", f'- "groups":\n  - "oncall"\n  - "GROUP"\n{_BLOCK}'),
    Style(
        "a comment behind the item", f"- {_BLOCK.strip()}\n  groups: # whom\n  # it's\n  - GROUP # why\n  - oncall\n"
    ),
    Style("lines that end in CR and LF", f"- groups:\n  - GROUP\n{_BLOCK}".replace("\n", "\r\n")),
    Style("brackets", f"- {_BLOCK.strip()}\n  groups: [oncall, GROUP]\n"),
    Style("brackets without blanks", f"- groups: [GROUP,oncall]\n{_BLOCK}"),
    Style("brackets with quotes", f"- {_BLOCK.strip()}\n  groups: [\"on]call\", 'GROUP']\n"),
    Style(
        "brackets over lines", f"- {_BLOCK.strip()}\n  groups: [\n    oncall, # it's [this]\n    GROUP # that\n  ]\n"
    ),
    Style("JSON on one line", f'- {{{_JSON},"groups":["oncall","GROUP"]}}\n'),
    Style("JSON with the groups first", f'- {{"groups": ["GROUP", "oncall"], {_JSON}}}\n'),
]


@pytest.fixture(scope="module")
def registrar(local_eks: LocalEks) -> Registrar:
    """The registrar's own identity."""
    return Registrar.of(local_eks)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_way_in_under_a_username_of_ours_stays_in_any_style(
    lab: LocalEks, registrar: Registrar, style: Style
) -> None:
    """It can be neither removed nor put into our form, and a comment in it hides nothing."""
    itself = style.row("eks-registrar", WORD)
    given_map_roles(lab, FOREIGN + itself)
    for after in (FOREIGN, OURS + FOREIGN):
        answer = registrar.writes_map_roles(after)
        assert refused(answer, FOREIGN_TEXT), f"{answer.status}: {answer.message}"
    assert map_roles_of(lab) == FOREIGN + itself


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize(
    ("role", "group"),
    [
        ("dev", "eks-registrar:view"),
        (WORD, "eks-registrar:view"),
        (f"a,{WORD}", "eks-registrar:view"),
        (f"a,{WORD},b", "eks-registrar:view"),
        ("dev", f"{WORD}s"),
        ("dev", f"my-{WORD}"),
        ("dev", f"team/{WORD}"),
    ],
)
def test_a_rewritten_row_of_ours_goes_whatever_its_role_is_called(
    lab: LocalEks, registrar: Registrar, style: Style, role: str, group: str
) -> None:
    """Beside the registrar's own way in, in the same style, which stays."""
    itself = style.row("eks-registrar", WORD)
    before = style.row(role, group) + itself + FOREIGN
    after = as_the_registrar_writes(before)
    assert itself in after
    assert style.row(role, group) not in after
    given_map_roles(lab, before)
    answer = registrar.writes_map_roles(after)
    assert answer.status == 200, answer.message


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize(
    "comment", [COMMENT, f"  # - {WORD}\n", f"# groups: [{WORD}]\n", f'# "x": 1, "groups": ["{WORD}"]\n']
)
def test_a_comment_behind_a_rewritten_row_of_ours_stops_no_write(
    lab: LocalEks, registrar: Registrar, style: Style, comment: str
) -> None:
    """Whatever it says; it stays where it is."""
    before = style.row("dev", "eks-registrar:view") + comment + FOREIGN
    after = as_the_registrar_writes(before)
    assert comment in after
    given_map_roles(lab, before)
    answer = registrar.writes_map_roles(after)
    assert answer.status == 200, answer.message


def as_the_registrar_writes(before: str) -> str:
    """The body in which one row is all that is ours, by the code that reads YAML."""
    marks = Marks("eks-registrar")
    wanted = read_map_roles(OURS, marks).ours
    current = read_map_roles(before, marks)
    assert len(current.ours) == 1
    return write_map_roles(current, wanted, marks) or ""


@pytest.mark.parametrize(
    ("style", "role", "count"),
    [
        (STYLES[0], f"{WORD}-NUMBER", 2000),
        (STYLES[0], f"NUMBER,{WORD}", 1300),
        (STYLES[11], f"{WORD}-NUMBER", 2500),
        (STYLES[11], f"NUMBER,{WORD}", 350),
    ],
    ids=["in block style", "the worst name in block style", "JSON", "the worst name in JSON"],
)
def test_many_rewritten_rows_with_such_names_stay_within_the_cost_of_cel(
    lab: LocalEks, registrar: Registrar, style: Style, role: str, count: int
) -> None:
    """Another tool has rewritten the whole body, and all roles are called nearly like the group."""
    rows = [style.row(role.replace("NUMBER", f"{number:04}"), "eks-registrar:view") for number in range(count)]
    given_map_roles(lab, "".join(rows) + FOREIGN)
    answer = registrar.writes_map_roles(OURS + FOREIGN)
    assert answer.status == 200, answer.message


@pytest.mark.parametrize(
    ("name", "comment"),
    [("an-ordinary-name", ""), (WORD, ""), ("a-name-before-a-comment", COMMENT)],
    ids=["an ordinary name", "a role called like the group", "a comment that names the group"],
)
def test_somebody_else_is_out_at_once_beside_a_rewritten_row(unasked: Stage, name: str, comment: str) -> None:
    """Another tool rewrites a row of ours, then another role is untagged: its event and the sweep are done."""
    unasked.role("view", name=name)
    other = unasked.role("view")
    try:
        unasked.settle(tagging(name), tagging(other))
        ours, theirs = ours_and_theirs(unasked.data()["mapRoles"])
        rows = ours.splitlines(keepends=True)
        block = "".join(as_another_tool_writes(row) for row in rows if f"role/{name}:" in row)
        assert block
        rest = "".join(row for row in rows if f"role/{name}:" not in row)
        unasked.patch_map_roles(rest + block + comment + theirs)
        unasked.untag(other)
        (event,) = unasked.settle(tagging(other)).outcomes
        assert event.word == "done", event
        assert unasked.row(other) is None
        assert unasked.row(name) is not None
        settled = unasked.settle(SWEEP)
        assert settled.outcomes[0].complete, settled.outcomes[0]
        assert comment in unasked.data()["mapRoles"]
        assert eventually(lambda: "Unauthorized" in unasked.as_role(other, "get", "pods", "-A").stderr)
        assert eventually(lambda: unasked.as_role(name, "get", "pods", "-A").returncode == 0)
    finally:
        unasked.iam.delete_role(RoleName=name)
