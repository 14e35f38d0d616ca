"""Which foreign rows already speak for a role."""

from __future__ import annotations

import pytest

from registrar.sinks.conflicts import ForeignClaims
from registrar.sinks.map_roles import ForeignRow
from registrar.sinks.role_mapping import SsoMatcher

DEV = "arn:aws:iam::123456789012:role/Dev"
SSO = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123456789abcdef"


def claims(role_arn: str, foreign: ForeignRow) -> bool:
    """Whether the row is for the role."""
    return ForeignClaims.of([foreign]).on(role_arn) is not None


@pytest.mark.parametrize(
    "rolearn",
    [
        DEV,
        "ARN:AWS:IAM::123456789012:ROLE/DEV",
        "arn:aws:iam::123456789012:role/team/dev",
        "arn:aws:iam::123456789012:role/d*",
        "arn:aws:iam::*:role/de?",
        "arn:aws:iam::123456789012:role/dev?",
        "arn:*:*:*:*:*",
    ],
)
def test_a_foreign_row_of_the_same_role_matches(rolearn: str) -> None:
    """Case, path, ``*`` and ``?`` (at most one character) make no difference."""
    assert claims(DEV, ForeignRow(rolearn))


@pytest.mark.parametrize(
    "rolearn",
    [
        "arn:aws:iam::111122223333:role/Dev",
        "arn:aws:iam::123456789012:role/Developer",
        "arn:aws-cn:iam::123456789012:role/Dev",
        "arn:aws:iam:*:role/Dev",
        "arn:aws:iam::123456789012:role/de?eloper",
        "*",
    ],
)
def test_a_foreign_row_of_another_role_does_not(rolearn: str) -> None:
    """A pattern is matched section by section, and another account, name or partition is another role."""
    assert not claims(DEV, ForeignRow(rolearn))


def test_the_path_of_our_role_makes_no_difference() -> None:
    """The authenticator never sees a path, so neither does the comparison."""
    assert claims("arn:aws:iam::123456789012:role/a/b/Dev", ForeignRow(DEV))


def test_an_sso_row_matches_the_roles_of_its_permission_set() -> None:
    """The role of a permission set is claimed by an ``sso`` row of that set in that account, and by no other."""
    assert claims(SSO, ForeignRow(sso=SsoMatcher("ops", "123456789012")))
    assert not claims(SSO, ForeignRow(sso=SsoMatcher("Op", "123456789012")))
    assert not claims(SSO, ForeignRow(sso=SsoMatcher("Ops", "111122223333")))


def test_a_row_that_names_nobody_matches_nobody() -> None:
    """An empty foreign row is no conflict."""
    assert not claims(DEV, ForeignRow())
