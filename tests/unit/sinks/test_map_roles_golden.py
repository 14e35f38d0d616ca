"""Odd but legal bodies of aws-auth, one folder each in ``tests/golden/aws_auth``, named by what it shows.

``before.yaml`` is the body (none: the key is missing), ``rows.json`` the rows that shall be ours (role: groups), then
``after.yaml`` the body that is written, or ``error.txt`` how the refusal begins.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from registrar.errors import AwsAuthUnreadable, NeverRetry
from registrar.marks import Marks
from registrar.model import Row
from registrar.sinks import plain_rows
from registrar.sinks.authenticator_yaml import read_any
from registrar.sinks.map_roles import read_map_roles, write_map_roles

MARKS = Marks("eks-registrar")

INSTALLATION = "eks-registrar"
ACCOUNT = "123456789012"
GOLDEN = Path(__file__).parents[2] / "golden" / "aws_auth"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())


def text_of(case: str, name: str) -> str | None:
    """A file of a case, byte for byte; ``None`` if it has no such file."""
    path = GOLDEN / case / name
    return path.read_bytes().decode() if path.exists() else None


def rows_of(case: str) -> list[Row]:
    """The rows that shall be ours."""
    named = json.loads((GOLDEN / case / "rows.json").read_text())
    return [
        Row(
            f"arn:aws:iam::{ACCOUNT}:role/{name}",
            f"{INSTALLATION}:{ACCOUNT}:role/{name}:{{{{SessionName}}}}",
            tuple(sorted(groups)),
        )
        for name, groups in named.items()
    ]


def outcome(case: str) -> str | None:
    """What writing the rows gives: the text, or the error's type and message."""
    try:
        return write_map_roles(read_map_roles(text_of(case, "before.yaml"), MARKS), rows_of(case), MARKS)
    except NeverRetry as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("case", CASES)
def test_the_body_is_written_as_the_golden_file_shows(case: str) -> None:
    """Each odd but legal body is either written exactly as shown, or refused with the line (or the reason) shown."""
    refusal = text_of(case, "error.txt")
    if refusal is None:
        assert outcome(case) == text_of(case, "after.yaml")
    else:
        assert (outcome(case) or "").startswith(refusal.rstrip("\n"))


@pytest.mark.parametrize("case", [case for case in CASES if text_of(case, "after.yaml") is not None])
def test_what_was_written_is_canonical_and_is_not_written_again(case: str) -> None:
    """Reading a written body and writing the same rows changes nothing."""
    written = text_of(case, "after.yaml")
    again = read_map_roles(written, MARKS)
    assert again.our_form_is_canonical
    assert write_map_roles(again, rows_of(case), MARKS) == written


@pytest.mark.parametrize("case", CASES)
def test_the_pure_python_parser_gives_the_same_outcome(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML comes without its C parser, every golden body has the same outcome."""
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    test_the_body_is_written_as_the_golden_file_shows(case)


@pytest.mark.parametrize("case", CASES)
def test_the_short_cut_reads_what_the_full_parser_reads(case: str) -> None:
    """Where the short cut takes a golden body, meaning and positions are those of the full parser."""
    for name in ("before.yaml", "after.yaml"):
        text = text_of(case, name)
        short = plain_rows.read(text) if text else None
        if text and short is not None:
            assert short == read_any(text)


def test_every_refusal_to_read_names_its_line() -> None:
    """An unreadable body is never reported without the line to look at."""
    refusals = [text_of(case, "error.txt") or "" for case in CASES]
    unreadable = [text for text in refusals if text.startswith(AwsAuthUnreadable.__name__)]
    assert unreadable
    assert all(", line " in text for text in unreadable)
