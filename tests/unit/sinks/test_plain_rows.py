"""Which bodies the short cut takes, so that they cost no YAML parser, and which it leaves to the parser."""

from __future__ import annotations

import pytest

from registrar.errors import AwsAuthUnreadable
from registrar.sinks import plain_rows
from registrar.sinks.authenticator_yaml import read_any

ARN = "arn:aws:iam::123456789012:role/node"
ROW = f"- rolearn: {ARN}\n  username: node\n"

TAKEN = {
    "nothing but a row": ROW,
    "comment behind text": f"- rolearn: {ARN} # ours\n  username: node   # username: eve\n",
    "comment behind a key": ROW + "  groups: # groups: [x]\n  - a\n",
    "comment behind an element": ROW + "  groups:\n    - a   # yes, really\n    - b # - c\n",
    "comment behind a quoted value": ROW + "  groups:\n  - \"a # b\" # c\n  - 'a # b' # 'c'\n",
    "comment behind a list": ROW + "  groups: [a] # ]\n",
    "comment behind our form": f'- {{"rolearn": "{ARN}", "username": "node", "groups": ["a # b"]}} # c\n' + ROW,
    "comment without a last line break": ROW + "  groups:\n  - a # c",
    "comment with any letters": ROW + "  groups: [a] # é\u00a0\ufffd\U0001f600 \"'[{\\\n",
    "empty comment": ROW + "  groups: [a] #\n",
    "comment lines within a row": f"- rolearn: {ARN}\n# username: eve\n\n        # - c\n  username: node\n",
    "comment lines within a block of groups": ROW + "  groups:\n  # - b\n  - a\n\n# - c\n  - d\n",
    "blanks behind values": f"- rolearn: {ARN} \n  groups:  \n  - a   \n  username: node  \n" + ROW,
    "list of words": ROW + "  groups: [a, system:masters, eks-registrar:edit@payments]\n",
    "list of quoted words": ROW + "  groups: [a, \"b, c\", 'd]', '\"', \"y\", '']\n" + ROW,
    "empty list": ROW + "  groups: []\n" + ROW + "  groups: [  ]\n",
    "blanks in a list": ROW + "  groups: [ a,   b ]\n",
    "indented list": "  - groups: [a] # c\n    rolearn: x # d\n  - rolearn: z\n",
}

LEFT = {
    "no blank before the hash": ROW + "  groups:\n  - a#b\n",
    "no blank between quote and hash": ROW + "  groups:\n  - 'a'#b\n",
    "no blank between bracket and hash": ROW + "  groups: [a]#b\n",
    "no blank between key and hash": ROW + "  groups:#b\n  - a\n",
    "tab before a comment": ROW + "  groups: [a]\t# c\n",
    "carriage return in a comment": ROW + "  groups: [a] # c\r- rolearn: x\n",
    "next line in a comment": ROW + "  groups: [a] # c\u0085- rolearn: x\n",
    "line separator in a comment": ROW + "  groups: [a] # c\u2028- rolearn: x\n",
    "paragraph separator in a comment": ROW + "  groups: [a] # c\u2029- rolearn: x\n",
    "control character in a comment": ROW + "  groups: [a] # \x07\n",
    "delete character in a comment": ROW + "  groups: [a] # \x7f\n",
    "byte order mark in a comment": ROW + "  groups: [a] # \ufeff\n",
    "comment within a list": ROW + "  groups: [a, # c\n    b]\n",
    "text behind a list": ROW + "  groups: [a] b\n",
    "list as a key": ROW + "  groups: [a]: b\n",
    "list over two lines": ROW + "  groups: [a,\n    b]\n",
    "list within a list": ROW + "  groups: [[a]]\n",
    "mapping within a list": ROW + "  groups: [a: b]\n",
    "template without quotes in a list": ROW + "  groups: [{{SessionName}}]\n",
    "template behind a letter in a list": ROW + "  groups: [s{{SessionName}}em]\n",
    "quote without its end in a list": ROW + '  groups: ["a]\n',
    "alias in a list": ROW + "  groups: &g [a]\n" + ROW + "  groups: *g\n",
    "word that is no text in a list": ROW + "  groups: [a, y]\n",
    "number in a list": ROW + "  groups: [12]\n",
    "nothing between commas": ROW + "  groups: [a, , b]\n",
    "no comma": ROW + "  groups: ['a''b']\n",
    "no comma in our form": f'- {{"rolearn": "{ARN}", "username": "node", "groups": ["a""b"]}}\n',
    "colon at the end of a word in a list": ROW + "  groups: [a:]\n",
    "a key further in": f"- rolearn: {ARN} # c\n   username: node\n",
    "an element between the two places": ROW + "  groups: # c\n   - a\n",
    "elements at both places": ROW + "  groups:\n    - a # c\n  - b\n",
    "groups twice": ROW + "  groups: [a]\n  groups:\n  - b\n",
    "value on the line behind a comment": "- rolearn: # c\n    x\n",
    "comment instead of groups": ROW + "  groups: # c\n",
}


@pytest.mark.parametrize("case", TAKEN)
def test_plain_rows_are_read_without_a_parser_and_alike(case: str) -> None:
    """The short cut takes each of these, with the meaning and the positions that the full parser finds."""
    assert plain_rows.read(TAKEN[case]) == read_any(TAKEN[case])


@pytest.mark.parametrize("case", LEFT)
def test_what_needs_a_parser_is_left_to_it(case: str) -> None:
    """The short cut takes none of these, whether or not the full parser can read them."""
    assert plain_rows.read(LEFT[case]) is None


def test_a_row_ends_before_the_comment_behind_it() -> None:
    """The end of a row is that of its last value, on which cutting it out relies."""
    text = ROW + "  groups: [a]   # c\n" + ROW + "  groups:\n  - b # d"
    body = plain_rows.read(text)
    assert body is not None
    assert [text[entry.start : entry.end].rpartition("\n")[2] for entry in body.entries] == ["  groups: [a]", "  - b"]


def test_list_elements_without_a_comma_unmap_every_role() -> None:
    """Two quoted words side by side look like our own form and are none: the authenticator cannot read them."""
    with pytest.raises(AwsAuthUnreadable, match="line 1"):
        read_any(LEFT["no comma in our form"])
