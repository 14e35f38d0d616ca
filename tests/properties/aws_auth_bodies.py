"""Bodies of ``mapRoles`` as people and tools write them, and the same damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from hypothesis import strategies as st

from registrar.model import Row

INSTALLATION = "eks-registrar"
ACCOUNT = "123456789012"
_GROUPS = ("eks-registrar:view", "eks-registrar:edit@payments", "oncall")
_SCALARS = (
    *(
        "y",
        "No",
        "null",
        "~",
        "",
        "12345",
        "0x1F",
        "09",
        "1e3",
        "1e999",
        ".5",
        ".inf",
        ".nan",
        "0b1",
        "1:20",
        "<<",
        "=",
    ),
    *("2001-01-01", "a: b", "a:b", "a #b", "[x]", "{x: y}", "{{SessionName}}", "eks:{{SessionName}}", "*a", "&a b"),
    *(
        "!!str 1",
        "!x y",
        "'it''s'",
        '"q\\n\\u00e9"',
        '"\\x41\\/"',
        '"\\ud83d\\ude00"',
        "|\n      text",
        ">-\n      a\n      b",
    ),
    *(
        '"two\n      lines"',
        "two\n      lines",
        "a\tb",
        "a\t",
        "\u2028",
        "a\u2028b",
        "\u0085",
        "é",
        "\U0001f600",
        "%x",
        "x?",
    ),
    *("123456789012", "system:masters", "admin", f"{INSTALLATION}:x", f'"{INSTALLATION}:x"', "arn:aws:iam::1:role/x"),
)
_KEYS = ("rolearn", "username", "groups", "sso", "userid", "RoleARN", "userName", "group\u017f", "note", "y", "1", "<<")
_BITS = (
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "#",
    "'",
    '"',
    ":",
    ": ",
    "- ",
    "-",
    "[",
    "]",
    "{",
    "}",
    ",",
    "*",
    "&",
    "!",
    "|",
    "?",
)
_LINES = ("---\n", "...\n", "%YAML 1.1\n", "\u2028", "\u0085", "\ufeff", "\\", "é", "\x00", "\x07", "# x\n")


def our_row(name: str, groups: tuple[str, ...]) -> Row:
    """A row of ours for the role of that name."""
    username = f"{INSTALLATION}:{ACCOUNT}:role/{name}:{{{{SessionName}}}}"
    return Row(f"arn:aws:iam::{ACCOUNT}:role/{name}", username, tuple(sorted(groups)))


def our_rows(min_size: int = 0) -> st.SearchStrategy[list[Row]]:
    """Up to three rows of ours, each for another role."""
    groups = st.sets(st.sampled_from(_GROUPS), min_size=1).map(lambda found: tuple(sorted(found)))
    row = st.builds(our_row, st.sampled_from(["a", "b", "dev", "zz"]), groups)
    return st.lists(row, min_size=min_size, max_size=3, unique_by=lambda found: found.arn)


def _in_json(row: Row) -> str:
    return json.dumps({"rolearn": row.arn, "username": row.username, "groups": list(row.groups)})


def _by_eksctl(row: Row) -> str:
    groups = "".join(f"  - {group}\n" for group in row.groups)
    return f"groups:\n{groups}  rolearn: {row.arn}\n  username: {row.username}"


def _by_terraform(row: Row) -> str:
    groups = "".join(f'  - "{group}"\n' for group in row.groups)
    return f'"groups":\n{groups}  "rolearn": "{row.arn}"\n  "username": "{row.username}"'


def _by_hand(row: Row) -> str:
    return f"rolearn: '{row.arn}'\n  username: '{row.username}'\n  groups: {json.dumps(list(row.groups))}"


_STYLES: tuple[Callable[[Row], str], ...] = (_in_json, _in_json, _by_eksctl, _by_terraform, _by_hand)


def _ours() -> st.SearchStrategy[str]:
    return st.builds(lambda row, style: style(row), our_rows(1).map(lambda rows: rows[0]), st.sampled_from(_STYLES))


def _tidy_foreign() -> st.SearchStrategy[str]:
    name = st.sampled_from(["node", "Admin", "a+b=c,d.e@f", "nöde"])
    end = st.sampled_from(["", "", "\n", "\n# c", "   # c", "\t# c", "\n\n  # c\n"])
    block = (
        "rolearn: arn:aws:iam::{0}:role/{1}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups:\n  - nodes{2}"
    )
    return st.one_of(
        st.builds(block.format, st.just(ACCOUNT), name, end),
        st.builds(lambda row: f"rolearn: x\n  note: |\n    - {row}".replace("\n  ", "\n    "), _ours()),
        st.sampled_from(
            ["sso:\n    permissionSetName: Ops\n    accountID: '123456789012'\n  username: o", "{}", "x", "~"]
        ),
        st.sampled_from(["rolearn: x\n  groups: &g [a]", "rolearn: x\n  groups: *g", "&r {rolearn: x}", "<<: *r"]),
    )


def _odd_foreign() -> st.SearchStrategy[str]:
    scalar = st.sampled_from(_SCALARS)
    value = st.one_of(
        scalar,
        st.lists(scalar, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.lists(scalar, min_size=1, max_size=3).map(lambda items: "".join(f"\n  - {item}" for item in items)),
    )
    return st.lists(st.tuples(st.sampled_from(_KEYS), value), min_size=1, max_size=4).map(
        lambda pairs: "\n  ".join(f"{key}: {text}" for key, text in pairs)
    )


@st.composite
def _blocks(draw: st.DrawFn, row: st.SearchStrategy[str]) -> str:
    rows = draw(st.lists(row, max_size=4))
    between = st.sampled_from(["\n", "\n", "\n", "\n\n", "  # x\n", "\n# y\n", "\n  # z\n\n"])
    head = draw(st.sampled_from(["", "", "", "---\n", "# head\n", "\n", "# c\n---\n", "\ufeff"]))
    end = draw(st.sampled_from(["", "", "\n# end\n", "...\n", "\n\n"]))
    text = head + "".join("- " + row + draw(between) for row in rows) + end
    if draw(st.booleans()):
        text = "".join("  " + line if line[:1] in ("-", " ") else line for line in text.splitlines(keepends=True))
    return text.replace("\n", "\r\n") if draw(st.integers(0, 9)) == 0 else text


@st.composite
def _flows(draw: st.DrawFn, with_ours: bool) -> str:
    foreign = {"rolearn": f"arn:aws:iam::{ACCOUNT}:role/node", "username": "n", "groups": ["nodes"]}
    plain = st.sampled_from(
        [json.dumps(foreign), json.dumps(foreign, separators=(",", ":")), json.dumps(foreign, indent=2)]
    )
    row = st.one_of(plain, our_rows(1).map(lambda rows: _in_json(rows[0]))) if with_ours else plain
    rows = draw(st.lists(row, max_size=4))
    head, comma, end = (
        draw(st.sampled_from(choices))
        for choices in (["[", "[\n", "[\n  "], [",\n", ",\n  ", ",", ", "], ["]", "\n]\n", ",\n]"])
    )
    return head + comma.join(rows) + end


@st.composite
def _damaged(draw: st.DrawFn, bodies: st.SearchStrategy[str]) -> str:
    text = draw(bodies)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 6))
        text = text[:at] + draw(st.sampled_from(("", *_BITS, *_LINES))) + text[at + cut :]
    return text


def tidy_bodies(with_ours: bool = True) -> st.SearchStrategy[str]:
    """Bodies that the authenticator reads, in every style that tools and people use."""
    row = st.one_of(_ours(), _tidy_foreign()) if with_ours else _tidy_foreign()
    return cast("st.SearchStrategy[str]", st.one_of(_blocks(row), _flows(with_ours)))


def any_bodies(with_ours: bool = True) -> st.SearchStrategy[str]:
    """Tidy bodies, bodies with odd values, damaged ones, and any text at all."""
    tidy, odd = tidy_bodies(with_ours), _blocks(st.one_of(_tidy_foreign(), _odd_foreign()))
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    return st.one_of(tidy, odd, _damaged(st.one_of(tidy, odd)), anything)
