"""Somebody's admission webhook before aws-auth: one that says no, and one that does not answer."""

from pathlib import Path

from stage import Stage, tagging

from lab.faults.webhook import WORDS, Webhook, in_force, no_server, serving
from registrar.errors import DeniedByAdmission, Unreachable


def test_a_webhook_that_denies_is_reported_with_its_text_and_not_retried(quiet: Stage, tmp_path: Path) -> None:
    """A real webhook, over TLS: its words reach the reader, and the record is dead."""
    role = quiet.role("view")
    with serving(Webhook.DENIES, tmp_path) as server, in_force(quiet.lab, server):
        outcome = quiet.settle(tagging(role)).outcomes[0]
    assert isinstance(outcome.error, DeniedByAdmission), outcome.error
    assert WORDS in str(outcome.error)
    assert not outcome.retry
    assert quiet.row(role) is None


def test_a_webhook_that_does_not_answer_returns_the_record(quiet: Stage, tmp_path: Path) -> None:
    """Nobody said no: it may be back in a minute."""
    role = quiet.role("view")
    with in_force(quiet.lab, no_server(tmp_path)):
        outcome = quiet.settle(tagging(role)).outcomes[0]
    assert isinstance(outcome.error, Unreachable), outcome.error
    assert outcome.retry
    assert quiet.row(role) is None
