"""docs/deploy.md says what the CDK app does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from infra_stage import example, resources

from infra import function, queues, sweep_schedule
from infra.bundling.bytecode import Interpreter
from infra.bundling.figures import MAX_UNZIPPED_MB, MAX_ZIPPED_MB, Figures
from infra.bundling.package import Built
from infra.bundling.target import LAMBDA_PYTHON, Target
from infra.names import Names, forwarder_stack, tag_guard_stack
from infra.settings import AppSettings, cdk_defaults
from registrar import configuration
from registrar.errors import ConfigurationError
from registrar.event_pattern import IAM_EVENT_REGIONS
from registrar.marks import controller_group

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()


def alarm_table() -> dict[str, list[str]]:
    """What the runbook says of each alarm: what it means and what to do."""
    section = RUNBOOK.partition("\n### Alarms\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    split = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {title: rest for title, *rest in split}


def test_every_setting_of_the_app_is_in_the_guide() -> None:
    """What is read from the context is found by whoever looks for it."""
    asked: list[str] = []
    AppSettings.read(asked.append, {})
    assert [key for key in asked if f"-c {key}=" not in GUIDE] == []


def test_the_error_of_the_guide_is_what_the_loader_says() -> None:
    """Word for word, with the file's name in front."""
    text = "tagPrefix: x\n\nclusters:\n- {name: prod, account: 123456789012, region: eu-west-1}\nrules: []\n"
    with pytest.raises(ConfigurationError) as caught:
        configuration.parse(text)
    assert f"eks-registrar: {caught.value}\n" in GUIDE


def test_the_error_of_a_missing_default_is_that_of_the_guide() -> None:
    """A cluster without a region, where nothing says one."""
    text = 'clusters:\n- {name: prod, account: "123456789012"}\nrules: []\n'
    with pytest.raises(ConfigurationError) as caught:
        configuration.parse(text, defaults=cdk_defaults({}))
    assert f"eks-registrar: {caught.value}\n" in GUIDE


def test_the_package_s_sentence_in_the_guide_is_the_one_that_is_printed() -> None:
    """Its form; the figures are those of the day."""
    built = Built(
        Target(), Figures(20_200_000, 7_000_000), Interpreter(Path(f"/usr/bin/python{LAMBDA_PYTHON}"), "3.13.0")
    )
    assert f"\n{built}\n" in GUIDE
    assert f"Over {MAX_UNZIPPED_MB} MB, or {MAX_ZIPPED_MB} MB zipped" in GUIDE


def test_the_names_of_the_guide_are_those_of_the_stacks() -> None:
    """A person looks them up in the console."""
    names = Names("eks-registrar", "eu-west-1")
    told = [
        names.hub_stack.replace("eu-west-1", "REGION"),
        names.role("public"),
        names.function("public"),
        names.bus,
        forwarder_stack("eks-registrar"),
        tag_guard_stack("eks-registrar"),
        controller_group("eks-registrar"),
        *IAM_EVENT_REGIONS.values(),
    ]
    assert [name for name in told if f"`{name}`" not in GUIDE] == []


def test_the_figures_of_the_guide_are_those_of_the_stacks() -> None:
    """Time-out, memory, batch, window, tries, retention."""
    assert queues.TRIES == 8
    for figure in (
        f"every {sweep_schedule.EVERY.to_minutes()} minutes",
        f"{function.TIMEOUT.to_seconds()} seconds",
        f"{function.MEMORY_MIB} MiB",
        f"batches of {function.BATCH} in {function.WINDOW.to_seconds()} seconds",
        f"then {queues.KEPT_DEAD.to_days()} days",
    ):
        assert figure in GUIDE


def test_the_runbook_has_an_entry_for_every_alarm_and_no_other() -> None:
    """By the words of the alarm's name, as they stand in the mail; each says what to do."""
    names = [
        alarm["Properties"]["AlarmName"]
        for template in example("private-networks").templates.values()
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values()
    ]
    table = alarm_table()
    assert set(table) == {name.rpartition(": ")[2] for name in names}
    assert [title for title, (_, remedy) in table.items() if len(remedy) < 20] == []


def test_every_example_is_in_the_guide() -> None:
    """And every link to one leads somewhere."""
    examples = {path.parent.name for path in (ROOT / "examples").glob("*/registrar.yaml")}
    assert set(re.findall(r"\.\./examples/([\w-]+)/registrar\.yaml", GUIDE)) == examples
