"""`history` and `restore` of a cluster that no Kubernetes call is made to: there is no place for a history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registrar import cli

CONFIGURATION = """
clusters: [{name: bare, account: "123456789012", region: eu-west-1, kubernetes: none}]
rules: [{name: r, roles: ["/**"], clusters: [bare], allow: ["group=oncall"]}]
"""


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registrar.yaml with that cluster alone."""
    path = tmp_path / "registrar.yaml"
    path.write_text(CONFIGURATION)
    monkeypatch.setenv("REGISTRAR_CONFIG", str(path))


def test_it_is_said_and_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """No kubectl is run: there is none of that name."""
    assert cli.main(["history", "--cluster", "bare", "--kubectl", "no-such-kubectl"]) == 0
    assert "cluster bare has kubernetes: none" in (said := capsys.readouterr().out)
    assert "CloudTrail has each change of an access entry" in said


def test_as_json_nothing_is_kept_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    """A program needs no other keys than those that are documented."""
    assert cli.main(["history", "--cluster", "bare", "--output", "json", "--kubectl", "no-such-kubectl"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"kept", "why"}
    assert told["kept"] == []


def test_there_is_nothing_to_restore(capsys: pytest.CaptureFixture[str]) -> None:
    """Who asked for it did not get it: exit 1."""
    assert cli.main(["restore", "1", "--cluster", "bare", "--kubectl", "no-such-kubectl"]) == 1
    assert "there is no place for a history" in capsys.readouterr().err
