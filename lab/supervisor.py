"""The one process that owns a lab started by the command line, from its start to ``down``, a signal or its death."""

import contextlib
import fcntl
import json
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.process import LabProcessError
from lab.settings import CONFIG_MAP, LabFolder

STAY = "stay\n"
_WATCH_S = 0.5
_LOCK_TRIES = 10
_LOCK_PAUSE_S = 0.02
# A variable of the caller's that would go before or beside the lab's own.
_DISTURBING = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_STS", "AWS_ROLE_ARN")


class LabInUseError(LabError):
    """A lab already runs in that folder."""


@dataclass(frozen=True)
class LabState:
    """What a running lab tells other commands (``state.json``, mode 0600: it holds an administrator's credentials)."""

    supervisor: int
    endpoint: str
    ca_file: str
    environment: dict[str, str]

    @classmethod
    def read(cls, folder: LabFolder) -> "LabState | None":
        """The state of the lab that runs in the folder, None if none is ready there."""
        if not is_running(folder) or not folder.state.exists():
            return None
        return cls(**json.loads(folder.state.read_text()))


def is_running(folder: LabFolder) -> bool:
    """Whether a supervisor lives: it alone holds the lock, and the kernel lets go of it at its death."""
    if not folder.lock.exists():
        return False
    with folder.lock.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def supervisor_pid(folder: LabFolder) -> int | None:
    """The process id of the supervisor that lives, ready or not."""
    text = folder.lock.read_text().strip() if is_running(folder) else ""
    return int(text) if text else None


def run(
    folder: Path,
    report: Callable[[str], None],
    configuration: Path | None = None,
    starter: TextIO | None = None,
    containers_at: str | None = None,
    mode: str = CONFIG_MAP,
) -> None:
    """Start a lab, stay until a signal (TERM, INT, HUP) or until a part dies, and leave nothing behind.

    ``configuration`` is another registrar.yaml than the lab's own, ``containers_at`` an address of this host at which
    containers shall reach it, ``mode`` the cluster's authenticationMode. ``starter`` is a pipe from the command that
    wants the lab: if it ends before the word ``stay``, that command is gone, and so is the lab.

    Raises:
        LabInUseError: if a lab runs in this folder.
        LabError: if a part does not start or has died.
        KeyboardInterrupt: at a signal.

    """
    files = LabFolder.claim(folder)
    with _locked(files), _signals_raise():
        if starter is not None:
            threading.Thread(target=_end_with_starter, args=(starter,), daemon=True).start()
        config_text = configuration.read_text() if configuration else None
        with LocalEks.start(files.root, config_text, report=report, containers_at=containers_at, mode=mode) as lab:
            _write_env(lab)
            if containers_at:
                _write_container_env(lab)
            report(f"ready: the cluster's API server is {lab.endpoint}, AWS is {lab.aws.endpoint_url}")
            _publish(lab)
            try:
                _watch(lab)
            finally:
                files.env.unlink(missing_ok=True)
                files.container_env.unlink(missing_ok=True)
                files.state.unlink(missing_ok=True)


def _watch(lab: LocalEks) -> None:
    while all(lab.parts().values()):
        time.sleep(_WATCH_S)
    dead = ", ".join(name for name, alive in lab.parts().items() if not alive)
    raise LabProcessError(f"{dead} has died, so the lab has ended; the logs are in {lab.folder.root}")


def _publish(lab: LocalEks) -> None:
    """Write ``state.json``, whose being there says that the lab is ready."""
    state = LabState(os.getpid(), lab.endpoint, str(lab.folder.secrets / "ca.pem"), lab.environment())
    temporary = lab.folder.write_secret(lab.folder.state.with_suffix(".new"), json.dumps(asdict(state), indent=1))
    temporary.replace(lab.folder.state)


def _write_env(lab: LocalEks) -> None:
    environment = lab.environment()
    tools = f'"$PATH":{shlex.quote(str(lab.kubectl_path.parent))}:{shlex.quote(str(Path(sys.executable).parent))}'
    lines = [
        f"unset {' '.join(name for name in _DISTURBING if name not in environment)}",
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())),
        # Behind what is there: for those who have no kubectl and no AWS CLI.
        f"export PATH={tools}",
    ]
    lab.folder.write_secret(lab.folder.env, "\n".join(lines) + "\n")


def _write_container_env(lab: LocalEks) -> None:
    lines = [f"{name}={value}" for name, value in sorted(lab.container_environment().items())]
    lab.folder.write_secret(lab.folder.container_env, "\n".join(lines) + "\n")


@contextlib.contextmanager
def _locked(folder: LabFolder) -> Iterator[None]:
    with folder.lock.open("a+") as handle:
        _take(handle, folder)
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def _take(handle: TextIO, folder: LabFolder) -> None:
    # More than one try: `status` holds the lock for the moment in which it looks.
    for _ in range(_LOCK_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_LOCK_PAUSE_S)
    raise LabInUseError(f"a lab already runs in {folder.root}: end it with `python -m lab down`")


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    def interrupt(number: int, _: FrameType | None) -> None:
        # Once is enough: a second signal must not break the stopping itself.
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(signal.Signals(number).name)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with_starter(starter: TextIO) -> None:
    if starter.readline() != STAY:
        os.kill(os.getpid(), signal.SIGTERM)
