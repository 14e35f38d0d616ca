"""The command line over a world in memory, as a fixture."""

from collections.abc import Callable
from pathlib import Path

import pytest

from registrar import configuration
from registrar.model import Role, Row
from tests.unit.commands.terminal import Terminal, standing
from tests.unit.memory import RULES, world
from tests.unit.samples import POLICY_HEAD

REGISTRAR_YAML = POLICY_HEAD + RULES


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Terminal]:
    """Makes a terminal over a world in which these roles exist, and these rows of ours stand in ``prod``.

    The cluster ``prod`` is enforced, ``test`` is observed.
    """

    def made(*roles: Role, rows: tuple[Row, ...] = ()) -> Terminal:
        there = world(*roles)
        there.policy = configuration.parse(REGISTRAR_YAML)
        standing(there, *rows)
        path = tmp_path / "registrar.yaml"
        path.write_text(REGISTRAR_YAML)
        monkeypatch.setenv("REGISTRAR_CONFIG", str(path))
        monkeypatch.setattr("registrar.commands.asking.registrar_of", lambda *_: there.registrar())
        return Terminal(there, capsys)

    return made
