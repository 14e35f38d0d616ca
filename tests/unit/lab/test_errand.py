"""The frame around a command that has a lab of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import errand
from lab.errors import LabError


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (None, 0, ""),
        (LabError("no etcd here"), 1, "demo: no etcd here\n"),
        (KeyboardInterrupt(), 130, "demo: interrupted; nothing is left running, nothing was written\n"),
    ],
)
def test_the_folder_goes_and_the_exit_code_tells_how_it_ended(
    raised: BaseException | None, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Done, a sentence, or Ctrl-C: never a stack trace, and never a file left."""
    folders: list[Path] = []

    def do(folder: Path) -> None:
        (folder / "file").write_text("")
        folders.append(folder)
        if raised:
            raise raised

    assert errand.run("demo", do, undone=", nothing was written") == code
    assert capsys.readouterr().err == told
    assert not folders[0].exists()


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    """What nobody can do something about keeps its stack trace."""

    def do(_: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        errand.run("demo", do)
