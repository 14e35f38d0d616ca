"""`eks-registrar plan` over a cluster in memory: what it prints, byte for byte, and what it returns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from registrar import cli
from registrar.errors import Throttled, Unreachable
from registrar.marks import row_for
from tests.unit.commands.terminal import Terminal, viewing
from tests.unit.memory import NODE_ROW
from tests.unit.samples import PREFIX, asks, ref, role

GOLDEN = Path(__file__).parents[2] / "golden" / "plan"
OUTPUTS = {"table": "table.txt", "markdown": "comment.md", "json": "plan.json"}
Terminals = Callable[..., Terminal]


def of_everything(terminal: Terminals) -> Terminal:
    """Every kind of change, every way of not being granted, a note, and an orphaned binding."""
    made = terminal(
        asks("view", name="new"),
        asks("view", name="narrower"),
        asks("view", name="stays"),
        asks("cluster-admin", "view", name="asks-too-much"),
        asks("view", name="erin"),
        role("shouts", tags=[(PREFIX.upper(), "view")]),
        asks("view", cluster="test", name="tester"),
        rows=(*viewing("stays", "left"), row_for(role("narrower"), (f"{PREFIX}:edit@a", f"{PREFIX}:view"), PREFIX)),
    )
    by_hand = "- rolearn: arn:aws:iam::123456789012:role/erin\n  username: erin\n"
    made.world.rows["prod"].text = (made.world.rows["prod"].text or "") + by_hand
    made.world.bindings["prod"].there.add(f"{PREFIX}:edit@orphaned")
    return made


def of_a_brake(terminal: Terminals) -> Terminal:
    """All of several rows would go."""
    return terminal(asks("view", name="new"), rows=viewing("a", "b"))


def of_nothing(terminal: Terminals) -> Terminal:
    """All is as it should be."""
    return terminal(asks("view"), rows=viewing("alice"))


CASES = {"everything": (of_everything, 2), "brake": (of_a_brake, 3), "nothing": (of_nothing, 0)}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("case", CASES)
def test_a_plan_is_printed_as_in_the_golden_files(terminal: Terminals, case: str, output: str) -> None:
    """As a table, as Markdown and as JSON; the exit code is the same."""
    make, status = CASES[case]
    assert make(terminal).says("plan", "--output", output) == (status, (GOLDEN / case / OUTPUTS[output]).read_text())


def test_a_plan_writes_nothing(terminal: Terminals) -> None:
    """Whatever the mode."""
    made = of_everything(terminal)
    before = made.world.rows["prod"].text
    made.says("plan")
    assert made.world.rows["prod"].text == before
    assert f"{PREFIX}:edit@orphaned" in made.world.bindings["prod"].there


def test_a_plan_of_one_cluster_reads_no_other(terminal: Terminals) -> None:
    """The other one may be out of reach."""
    made = of_everything(terminal)
    status, clusters = made.json("plan", "--cluster", "test")
    assert (status, [one["cluster"] for one in clusters]) == (2, ["test"])
    assert made.world.rows["prod"].reads == 0


def test_an_unknown_cluster_looks_like_no_plan(terminal: Terminals) -> None:
    """78 is a wrong configuration; 2 would be changes."""
    status, said = of_nothing(terminal).says("plan", "--cluster", "nowhere")
    assert status == 78
    assert "no cluster 'nowhere' in registrar.yaml; it has: prod, test" in said


def test_a_wrong_command_line_looks_like_no_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """64, for every command: argparse's own 2 would be changes."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["plan", "--outptu", "json"])
    assert caught.value.code == 64
    assert "unrecognized arguments" in capsys.readouterr().err


def test_a_wrong_configuration_looks_like_no_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """78, with file and line."""
    path = tmp_path / "registrar.yaml"
    path.write_text("clusters: 7\n")
    assert cli.main(["--config", str(path), "plan"]) == 78
    assert "registrar.yaml:1" in capsys.readouterr().err


def test_what_cannot_be_read_is_a_failure_and_no_plan(terminal: Terminals) -> None:
    """IAM did not answer to the end: nobody knows what would be done, in any cluster."""
    made = of_nothing(terminal)
    made.world.iam.fails = {ref("x"): Throttled("iam:GetAccountAuthorizationDetails: slow down")}
    status, said = made.says("plan")
    assert status == 1
    assert "prod: FAILED: Throttled: iam:GetAccountAuthorizationDetails: slow down\n" in said


def test_a_failing_cluster_outweighs_a_brake_and_hides_no_other(terminal: Terminals) -> None:
    """Exit 1, and the other cluster's plan stands there all the same."""
    made = of_a_brake(terminal)
    made.world.open(made.world.policy.cluster("test"))
    made.world.rows["test"].broken = Unreachable("cluster test: no answer")
    status, said = made.says("plan")
    assert status == 1
    assert "test: FAILED: Unreachable: cluster test: no answer" in said
    assert "prod: A BRAKE stops this: all 2 rows of account 123456789012 would be removed" in said


def test_rows_that_only_lost_their_form_are_a_change(terminal: Terminals) -> None:
    """Somebody moved our row behind his: a sweep would write, so the plan says so."""
    made = of_nothing(terminal)
    rows = made.world.rows["prod"]
    rows.text = NODE_ROW + (rows.text or "").removesuffix(NODE_ROW)
    status, said = made.says("plan", "--cluster", "prod")
    assert status == 2
    assert "prod: our rows to be put back into their form and place. Plan " in said


def test_the_override_is_the_command_that_was_called_with_the_hash(terminal: Terminals) -> None:
    """Copied, it does just this plan."""
    made = of_a_brake(terminal)
    _, said = made.says("plan", "--cluster", "prod")
    [command] = [line.strip() for line in said.splitlines() if "--plan-hash" in line]
    assert command.startswith("eks-registrar sweep --cluster prod --plan-hash ")
    assert made.says(*command.split()[1:])[0] == 0
    assert made.says("plan", "--cluster", "prod")[0] == 0


def test_progress_is_shown_to_whoever_watches_and_to_nobody_else(
    terminal: Terminals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, if that is a terminal; the JSON on stdout stays JSON."""
    made = of_nothing(terminal)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert cli.main(["plan", "--output", "json"]) == 0
    said = made.capsys.readouterr()
    assert said.err == "reading cluster prod …\nreading cluster test …\nreading account 123456789012 …\n"
    assert json.loads(said.out)
