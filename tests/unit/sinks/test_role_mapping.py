"""Rows as Go's encoding/json decodes them and as the authenticator keeps or drops them."""

from __future__ import annotations

import pytest

from registrar.sinks.role_mapping import CannotJudge, RoleMapping, SsoMatcher, decode
from registrar.sinks.yaml11 import Opaque

ARN = "arn:aws:iam::123456789012:role/dev"


def test_a_value_of_a_wrong_type_leaves_its_field_empty() -> None:
    """``username: 12345`` empties the username and nothing else."""
    row = decode({"rolearn": ARN, "username": Opaque.NOT_TEXT, "groups": ["a"]})
    assert row == RoleMapping(ARN, None, "", ("a",))
    assert row.is_mapped


def test_groups_that_are_no_text_become_empty_names() -> None:
    """A number among the groups is an empty name in its place; groups that are no list are none."""
    assert decode({"groups": ["a", Opaque.NOT_TEXT, Opaque.NULL, ["b"]]}).groups == ("a", "", "", "")
    assert decode({"groups": "a"}).groups == ()


def test_keys_are_folded_as_go_folds() -> None:
    """Case does not matter in a row's keys, nor does the long s of U+017F."""
    row = decode({"RoleARN": ARN, "USERNAME": "u", "group\u017f": ["g"]})
    assert (row.rolearn, row.username, row.groups) == (ARN, "u", ("g",))


def test_of_two_spellings_the_last_in_sorted_order_wins() -> None:
    """Lower case sorts last, wherever it stands in the text."""
    assert decode({"username": "lower", "UserName": "mixed"}).username == "lower"
    assert decode({"groups": ["a", "b"], "Groups": ["c"]}).groups == ("a", "b")


def test_two_spellings_of_groups_with_odd_elements_are_refused() -> None:
    """Go would show an element of the first list through a hole in the second; nobody can rely on that."""
    with pytest.raises(CannotJudge):
        decode({"Groups": ["a"], "groups": [Opaque.NOT_TEXT]})


@pytest.mark.parametrize("value", ["text", Opaque.NULL, Opaque.NOT_TEXT, ["x"]])
def test_an_element_that_is_no_mapping_is_an_empty_row(value: str | Opaque | list[str]) -> None:
    """Such an element is dropped by the authenticator and kept here, so that it cannot be lost unseen."""
    assert decode(value) == RoleMapping()
    assert not decode(value).is_mapped


def test_an_sso_row_needs_account_and_permission_set() -> None:
    """The authenticator drops an ``sso`` row whose account is not twelve digits of text."""
    good = {"permissionSetName": "Ops", "accountID": "123456789012"}
    assert decode({"sso": good}) == RoleMapping(sso=SsoMatcher("Ops", "123456789012"))
    assert decode({"sso": good}).is_mapped
    assert not decode({"sso": {**good, "accountID": Opaque.NOT_TEXT}}).is_mapped
    assert not decode({"sso": {**good, "partition": "aws-moon"}}).is_mapped


def test_any_sso_beside_a_rolearn_drops_the_row() -> None:
    """Even ``sso: hello`` beside a ``rolearn`` makes two where one is allowed; null makes none."""
    assert not decode({"rolearn": ARN, "sso": "hello"}).is_mapped
    assert decode({"rolearn": ARN, "sso": Opaque.NULL}).is_mapped
