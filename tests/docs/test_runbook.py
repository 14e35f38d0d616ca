"""The runbook: whoever meets an error at 3 a.m. finds what to do. (Its alarms: tests/infra/test_infra_docs.py.)"""

from __future__ import annotations

import pytest
from pages import page, rows

from registrar import errors

GUIDE = page("docs/operations.md")


def kinds_of(base: type[Exception]) -> list[str]:
    """The errors of one kind that stand in ``errors.py``."""
    return [each.__name__ for each in base.__subclasses__() if each.__module__ == errors.__name__]


@pytest.mark.parametrize(("heading", "kind"), [("Retry", errors.Retry), ("Never retry", errors.NeverRetry)])
def test_every_error_says_what_it_means_and_what_to_do(heading: str, kind: type[Exception]) -> None:
    """One line for each type that the log and a dead letter can name; "nothing" is an answer too."""
    told = {row[0].strip("`"): row[1:] for row in rows(GUIDE, heading)}
    assert set(told) == set(kinds_of(kind))
    assert [name for name, cells in told.items() if len(cells) != 2 or not all(cells)] == []


def test_the_runbook_leads_to_alarms_and_errors() -> None:
    """From the one heading that is looked for first."""
    section = GUIDE.partition("\n## Runbook\n")[2]
    assert "(#alarms)" in section
    assert "(#errors)" in section


def test_a_wrong_configuration_has_its_entry() -> None:
    """It is neither retried nor given up: the function does not start."""
    section = GUIDE.partition("\n### When it starts\n")[2].partition("\n#")[0]
    assert f"`{errors.ConfigurationError.__name__}`" in section
