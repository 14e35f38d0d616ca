"""What the suite says of itself: its page, and its list."""

from __future__ import annotations

from collections import Counter

from backends import BACKENDS
from conformance_page import rows_in_it
from every_behaviour import BEHAVIOURS


def test_the_page_has_exactly_the_behaviours_of_the_list_and_their_words() -> None:
    """The page is of this list: `make conformance` writes it."""
    assert rows_in_it() == [(one.name, *one.words()) for one in BEHAVIOURS]


def test_the_names_of_behaviours_are_unique() -> None:
    """A row of the table is one behaviour."""
    assert [name for name, count in Counter(one.name for one in BEHAVIOURS).items() if count > 1] == []


def test_one_word_of_the_table_has_one_reason() -> None:
    """A reader who looks a word up finds what it stands for there."""
    reasons = {(other.word, other.reason) for one in BEHAVIOURS for other in one.instead.values()}
    assert [word for word, count in Counter(word for word, _ in reasons).items() if count > 1] == []


def test_what_stands_in_place_of_a_behaviour_is_of_a_backend_that_is_there() -> None:
    """A misspelt name would let the behaviour itself be played."""
    names = {backend.name for backend in BACKENDS}
    assert all(set(one.instead) <= names for one in BEHAVIOURS)
