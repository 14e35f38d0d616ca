"""The runbook's way back is the one that the program prints, and its JSON is documented."""

from pages import blocks, page

from registrar.commands.history import as_dict
from registrar.commands.kept_bodies import KeptBody, View, body_of
from registrar.commands.restore import by_hand
from registrar.marks import Marks
from registrar.sinks.kept import Kept

MARKS = Marks("eks-registrar")

OURS = "eks-registrar"


def test_the_lines_of_the_runbook_are_those_that_restore_prints() -> None:
    """They are run against a real cluster by tests/lab/test_history.py."""
    assert by_hand("history-0", MARKS, None) in blocks(page("docs/operations.md"), "sh")


def test_every_key_of_the_history_is_documented() -> None:
    """The stable output has no key that a reader must guess."""
    body = body_of({"data": {"mapRoles": ""}}, MARKS)
    kept = KeptBody(Kept(1, "2026-11-24T03:00:00Z", "prod", "adds a", "", "1"), "history-0", body)
    told = as_dict(View("", MARKS, {}, body, (kept,)))
    keys = {*told, *told["awsAuth"], *told["kept"][0]}
    text = page("docs/operations.md")
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []
