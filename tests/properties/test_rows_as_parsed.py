"""Users and accounts of aws-auth are read as the authenticator's own ParseMap reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab.parsemap import ParseMap
from registrar.migration.model import Place
from registrar.migration.rows import read_rows

USER = "arn:aws:iam::123456789012:user/ann"
USERS = {
    "plain": f"- userarn: {USER}\n  username: ann\n  groups:\n  - a\n  - b\n",
    "json": f'[{{"userarn": "{USER}", "username": "ann", "groups": ["a"]}}]',
    "keys in another case": f"- UserARN: {USER}\n  Username: ann\n  GROUPS: [a]\n",
    "one key twice": f"- userarn: {USER}x\n  userARN: {USER}\n  username: u\n",
    "no text": f"- userarn: {USER}\n  username: 12345\n  groups: [yes, 1, a]\n",
    "no ARN": f"- username: u\n- userarn: {USER}\n- rolearn: {USER}\n- {{}}\n- null\n- x\n",
    "anchors": f"- &a\n  userarn: {USER}\n  groups: [g]\n- <<: *a\n  userarn: {USER}2\n",
    "no groups": f"- userarn: {USER}\n  groups:\n",
    "an id": f"- userarn: {USER}\n  userid: AIDA\n",
    "nothing": "# nobody\n",
    "an empty string": '""',
}
ACCOUNTS = {
    "quoted": "- '111122223333'\n- \"012345678901\"\n",
    "plain": "- 111122223333\n- 012345678901\n",
    "flow": "[111122223333]",
    "nothing": "``",
    "a comment": "# none\n",
}


@pytest.fixture(scope="module")
def parse_map() -> Iterator[ParseMap]:
    """The authenticator's parser."""
    with ParseMap() as running:
        yield running


@pytest.mark.parametrize("case", USERS)
def test_users_are_those_that_the_authenticator_maps(case: str, parse_map: ParseMap) -> None:
    """Field by field; what it drops counts for nobody here either."""
    data = {"mapUsers": USERS[case]}
    rows = read_rows(data)
    idle = [row for row, why in rows.idle if "drops" not in why]
    read = sorted((*rows.counting, *idle), key=lambda row: row.number)
    assert all(row.place is Place.USERS for row in read)
    mine = [(row.arn, row.mapping.username, row.mapping.groups, row.mapping.userid) for row in read]
    assert mine == [mapped(user) for user in parse_map(data).users]


@pytest.mark.parametrize("case", ACCOUNTS)
def test_accounts_are_those_that_the_authenticator_lets_in(case: str, parse_map: ParseMap) -> None:
    """In their order."""
    data = {"mapAccounts": ACCOUNTS[case]}
    assert read_rows(data).accounts == parse_map(data).accounts


def mapped(user: dict[str, Any]) -> tuple[str, str, tuple[str, ...], str]:
    """A user as ParseMap tells it."""
    return user["userarn"], user["username"], tuple(user["groups"] or ()), user.get("userid", "")
