"""Scalars as Go's yaml.v2 resolves them."""

from __future__ import annotations

import pytest

from registrar.sinks.yaml11 import NotJson, Opaque, resolve_plain


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_null_words_are_null(word: str) -> None:
    """The five spellings of null are null."""
    assert resolve_plain(word) is Opaque.NULL


@pytest.mark.parametrize("word", ["y", "Y", "n", "N", "yes", "No", "ON", "off", "true", "FALSE"])
def test_words_of_yaml_1_1_are_booleans_and_no_names(word: str) -> None:
    """``username: y`` names nobody, though PyYAML takes it for text."""
    assert resolve_plain(word) is Opaque.NOT_TEXT


@pytest.mark.parametrize("number", ["123", "0", "-7", "1_000", "0x1F", "0b11", "0o17", "017", "09", "1e3", "1.", ".5"])
def test_numbers_are_no_text(number: str) -> None:
    """A name that looks like a number is empty to the authenticator."""
    assert resolve_plain(number) is Opaque.NOT_TEXT


@pytest.mark.parametrize("text", ["1e999", ".5e999", "0xFFFFFFFFFFFFFFFFFF", "1:20", "2001-01-01", "0x", "+", "-", "."])
def test_what_only_looks_like_a_number_is_text(text: str) -> None:
    """Out of range, base 60 and dates are text, as in Go."""
    assert resolve_plain(text) == text


@pytest.mark.parametrize("text", ["yEs", "nUll", "True1", "arn:aws:iam::123456789012:role/x", "=", "<<"])
def test_other_words_are_text(text: str) -> None:
    """Only the listed spellings mean something else."""
    assert resolve_plain(text) == text


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
def test_what_json_cannot_hold_is_refused(text: str) -> None:
    """One infinity anywhere makes the authenticator drop every row, so it is an error and not a value."""
    with pytest.raises(NotJson, match="maps no role"):
        resolve_plain(text)


@pytest.mark.parametrize("text", [".1_0", "0b-1", "-0b+1"])
def test_odd_spellings_of_numbers_are_refused(text: str) -> None:
    """What is not worth judging is refused, never guessed."""
    with pytest.raises(NotJson, match="cannot judge"):
        resolve_plain(text)
