"""What `make sam-replay` makes of the synthesised template, as far as it can be seen without Docker."""

import json
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.sam import __main__ as sam_replay
from lab.sam.template import host_architecture, localised, synthesise
from lab.settings import CONFIGURATION

EVENT = Path(__file__).parents[2] / "events" / "create-role-with-tags.json"


def test_the_copy_differs_from_the_template_in_three_things(tmp_path: Path) -> None:
    """Architecture, code, and one more variable; every other word is that of the template that is deployed."""
    template = synthesise(CONFIGURATION, tmp_path / "cdk.out")
    local = localised(template, tmp_path / "package")
    expected = json.loads(template.read_text())
    function = expected["Resources"][local.function]
    function["Properties"]["Architectures"] = [str(host_architecture())]
    function["Properties"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = ""
    function["Metadata"]["aws:asset:path"] = str(tmp_path / "package")
    assert json.loads(local.path.read_text()) == expected


def test_a_configuration_that_is_wrong_is_told_as_synth_tells_it(tmp_path: Path) -> None:
    """The app's own message, without a stack trace."""
    config = tmp_path / "registrar.yaml"
    config.write_text("clusters: []\n")
    with pytest.raises(LabError, match=r"could not be synthesised(?s:.*)registrar\.yaml") as error:
        synthesise(config, tmp_path / "cdk.out")
    assert "Traceback" not in str(error.value)


def test_without_docker_the_command_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, before anything is started."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    assert sam_replay.main([str(EVENT)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("sam-replay: no Docker answers here")
    assert told.count("\n") == 1
