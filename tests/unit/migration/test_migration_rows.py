"""Which rows of aws-auth count: as the authenticator reads them, and not as they stand there."""

import pytest
from moves import ACCOUNT, role_arn, row

from registrar.errors import AwsAuthUnreadable
from registrar.migration.rows import doubtful, read_rows

USER = f"arn:aws:iam::{ACCOUNT}:user/ann"


def test_of_a_role_mapped_twice_the_last_row_counts() -> None:
    """Whatever the case of its ARN; the plan says which row counts for nothing, and by which."""
    text = row(role_arn("dev"), "first") + row(role_arn("ops"), "o") + row(role_arn("DEV"), "last")
    rows = read_rows({"mapRoles": text})
    assert [one.mapping.username for one in rows.counting] == ["o", "last"]
    [(idle, why)] = rows.idle
    assert (idle.number, idle.mapping.username) == (1, "first")
    assert why == "row 3 of the same ARN comes later, and the last one counts"


def test_maproles_is_asked_before_mapusers() -> None:
    """A user's ARN in a rolearn lets the user in, and their own row counts for nothing."""
    rows = read_rows({"mapRoles": f"- rolearn: {USER}\n  username: a\n", "mapUsers": row(USER, "b")})
    assert [one.mapping.username for one in rows.counting] == ["a"]
    assert rows.idle[0][1] == "mapRoles is asked first: its row 1"


def test_users_whose_rows_differ_in_case_are_doubtful() -> None:
    """The authenticator keeps both, and takes either: nobody can say which."""
    rows = read_rows({"mapUsers": row(USER, "a") + row(USER.replace("ann", "Ann"), "b")})
    assert len(rows.counting) == 2
    assert doubtful(rows.counting) == {USER: 2}


def test_the_same_user_twice_is_no_doubt() -> None:
    """The last row counts."""
    rows = read_rows({"mapUsers": row(USER, "a") + row(USER, "b")})
    assert [one.mapping.username for one in rows.counting] == ["b"]
    assert doubtful(rows.counting) == {}


def test_a_row_for_nobody_is_told() -> None:
    """The authenticator drops it alone."""
    rows = read_rows({"mapRoles": "- username: x\n- {rolearn: a, sso: {accountID: '1'}}\n", "mapUsers": "- {}\n"})
    assert rows.counting == ()
    assert [(one.place.value, one.number) for one, _ in rows.idle] == [
        ("mapRoles", 1),
        ("mapRoles", 2),
        ("mapUsers", 1),
    ]


@pytest.mark.parametrize(
    "text", ["- '012345678901'\n", "- 012345678901\n", "[012345678901]", "- 012345678901\n- 012345678901"]
)
def test_an_account_is_taken_as_it_is_written(text: str) -> None:
    """Quoted or not: it is no number to the authenticator."""
    assert read_rows({"mapAccounts": text}).accounts == ("012345678901",)


@pytest.mark.parametrize("key", ["mapRoles", "mapUsers", "mapAccounts"])
def test_a_list_that_cannot_be_read_stops_everything(key: str) -> None:
    """The error names the list and the line."""
    with pytest.raises(AwsAuthUnreadable, match=f"{key} cannot be read, line 3"):
        read_rows({key: "- a\n- [\n"})


def test_nothing_is_read_of_nothing() -> None:
    """No key, an empty one, one that says nothing."""
    assert read_rows({}) == read_rows({"mapRoles": "", "mapUsers": "``", "mapAccounts": "``"})
