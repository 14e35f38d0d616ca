"""How the function of a lab may be configured, and where it can run."""

import contextlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import urllib3
from aws_support import eventually

from lab.aws import runtime
from lab.aws.runtime import Answer, RuntimeMissing, RuntimePool, find_rie
from lab.aws.settings import FunctionConfig, FunctionSettings


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"timeout_s": 30, "visibility_timeout_s": 20}, "less than function timeout"),
        ({"batch_size": 11, "window_s": 0}, "needs a batching window"),
        ({"batch_size": 0}, "batch size"),
        ({"concurrency": 1}, "maximum concurrency must be at least 2"),
    ],
)
def test_what_aws_refuses_is_refused(wrong: dict[str, int], reason: str) -> None:
    """The combinations that CreateEventSourceMapping does not take."""
    with pytest.raises(ValueError, match=reason):
        FunctionSettings(**wrong)  # type: ignore[arg-type]


def test_the_configuration_survives_its_file(tmp_path: Path) -> None:
    """What is saved for the function's process is what it loads."""
    settings = FunctionSettings(code=tmp_path, window_s=0.5)
    config = FunctionConfig(settings, 1, tmp_path, "us-east-1", "http://127.0.0.1:2", "url", "arn")
    config.save(tmp_path / "config.json")
    assert FunctionConfig.load(tmp_path / "config.json") == config
    assert replace(config, port=2) != config


def test_a_mac_gets_one_clear_sentence(tmp_path: Path) -> None:
    """The emulator is a Linux program."""
    with pytest.raises(RuntimeMissing, match=r"Linux program: use a Linux machine"):
        find_rie(tmp_path, system="darwin", machine="arm64")


def test_an_unknown_machine_gets_one_clear_sentence(tmp_path: Path) -> None:
    """aws-sam-cli carries the emulator for two architectures."""
    with pytest.raises(RuntimeMissing, match="riscv64"):
        find_rie(tmp_path, system="linux", machine="riscv64")


def test_an_emulator_without_its_mode_is_copied_and_made_executable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some installers drop the executable bit of data files."""
    monkeypatch.setattr(runtime.os, "access", lambda *_: False)
    copy = find_rie(tmp_path)
    assert copy.parent == tmp_path
    assert copy.stat().st_mode & 0o100


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[RuntimePool]:
    """A runtime whose processes have the test's folder in their environment."""
    settings = FunctionSettings("journal.handler", Path(__file__).parent / "functions")
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(settings.code),
        "JOURNAL": str(tmp_path / "journal.jsonl"),
    }
    pool = RuntimePool(find_rie(tmp_path), settings, environment)
    yield pool
    pool.stop()


def processes_of(folder: Path) -> dict[int, str]:
    """Command lines of the processes that have the folder in their environment, by id."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in (process / "environ").read_bytes():
                found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def test_no_runtime_is_left_after_a_stop(pool: RuntimePool, tmp_path: Path) -> None:
    """The emulator and the Python process under it are both gone."""
    pool.invoke(b"{}")
    assert len(processes_of(tmp_path)) == 2
    pool.stop()
    eventually(lambda: not processes_of(tmp_path))


def test_a_killed_emulator_takes_a_busy_runtime_along_and_is_replaced(pool: RuntimePool, tmp_path: Path) -> None:
    """A crash in the middle of an invocation leaves no process, and the next invocation has a new runtime."""
    pool.invoke(b"{}")
    before = processes_of(tmp_path)
    emulator = next(pid for pid, command in before.items() if "aws-lambda-rie" in command)
    with ThreadPoolExecutor(1) as beside:
        busy = beside.submit(pool.invoke, b'{"meet": "nobody"}')
        eventually((tmp_path / "nobody").exists)
        os.kill(emulator, signal.SIGKILL)
        assert isinstance(busy.exception(), urllib3.exceptions.HTTPError)
    eventually(lambda: not before.keys() & processes_of(tmp_path).keys())
    assert pool.invoke(b'{"answer": 1}') == Answer(b"1", is_error=False)
