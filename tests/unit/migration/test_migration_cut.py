"""Rows taken out of aws-auth: every byte that is not theirs stays."""

import pytest
from moves import ACCOUNT, role_arn

from registrar.errors import WriteWouldHarm
from registrar.migration.cut import without_rows

A, B, C = (role_arn(name) for name in "abc")
USER = f"arn:aws:iam::{ACCOUNT}:user/u"
BLOCK = f"""\
# nodes
- rolearn: {A}
  username: "a"   # theirs
  groups:
  - g

# of b
- {{"rolearn": "{B}", "username": "b", "groups": ["g"]}}
- groups: [h]
  rolearn: {C}  # last
# the end
"""


def cut(text: str, *arns: str, key: str = "mapRoles") -> str:
    """The list without the rows of these ARNs."""
    return without_rows({key: text, "other": "kept"}, {arn.lower() for arn in arns})[key]


def test_a_row_in_block_style_goes_with_its_lines() -> None:
    """Comments before and behind it stay."""
    gone = BLOCK.replace(f'- {{"rolearn": "{B}", "username": "b", "groups": ["g"]}}\n', "")
    assert cut(BLOCK, B) == gone
    assert cut(BLOCK, A) == BLOCK.replace(BLOCK[BLOCK.index("- rolearn") : BLOCK.index("\n# of b")], "")
    assert cut(BLOCK, C).endswith("]}\n# the end\n")


def test_all_rows_may_go() -> None:
    """What is left says nothing, and the authenticator reads it."""
    assert cut(BLOCK, A, B, C) == "# nodes\n\n# of b\n# the end\n"


def test_rows_that_did_not_count_go_as_well() -> None:
    """One of them would count once the last is gone."""
    twice = BLOCK + f"- rolearn: {A.upper().replace('ARN:AWS:IAM', 'arn:aws:iam')}\n  username: again\n"
    assert "again" not in cut(twice, A)


@pytest.mark.parametrize(
    ("gone", "left"),
    [((A,), "bc"), ((B,), "ac"), ((C,), "ab"), ((B, C), "a"), ((A, C), "b"), ((A, B), "c"), ((A, B, C), "")],
)
def test_a_flow_list_stays_one(gone: tuple[str, ...], left: str) -> None:
    """As CDK writes it: no comma is left over."""
    rows = {name: f'{{"rolearn":"{role_arn(name)}","username":"{name}","groups":[]}}' for name in "abc"}
    assert cut(f"[{','.join(rows.values())}]", *gone) == f"[{','.join(rows[name] for name in left)}]"


def test_users_go_alike() -> None:
    """By their userarn."""
    text = f"- userarn: {USER}\n  username: u\n- userarn: {USER}2\n  username: v\n"
    assert cut(text, USER, key="mapUsers") == f"- userarn: {USER}2\n  username: v\n"


@pytest.mark.parametrize(
    "text",
    [
        f"- rolearn: {A}\n  groups: &g [x]\n- rolearn: {B}\n  groups: *g\n",
        f"-\n  rolearn: {A}\n- rolearn: {B}\n",
    ],
)
def test_a_row_that_does_not_stand_by_itself_stays(text: str) -> None:
    """Another leans on its anchor; its dash is on a line of its own. Nothing is written, and the entry stands."""
    with pytest.raises(WriteWouldHarm, match="Take the row out by hand; its entry stands"):
        cut(text, A)


def test_other_lists_are_not_touched() -> None:
    """Byte by byte."""
    data = {"mapRoles": BLOCK, "mapAccounts": "- '1'"}
    assert without_rows(data, {"nobody"}) == data
