"""What the commands of ``python -m lab`` do."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lab import binaries, containers, hints, kubeconfig, registrar_rights, roles, supervisor
from lab.aws.runtime import RuntimeMissing
from lab.containers import HOST_NAME
from lab.errors import LabError
from lab.settings import CLUSTER, LabFolder
from lab.supervisor import LabInUseError, LabState

_POLL_S = 0.05
_DOWN_S = 15.0


EXPECTED_ERRORS = (LabError, RuntimeMissing, OSError)


def up(
    folder: Path,
    configuration: Path | None,
    *,
    mode: str,
    foreground: bool,
    with_hints: bool = False,
    reachable_from_containers: bool = False,
) -> int:
    """Start a lab; returns when it is ready, or with ``foreground`` when it has ended."""
    files = LabFolder.claim(folder)
    if supervisor.is_running(files):
        raise LabInUseError(f"a lab already runs in {files.root}: end it with `python -m lab down`")
    containers_at = containers.bridge_address() if reachable_from_containers else None
    if foreground:
        supervisor.run(folder, say, configuration, containers_at=containers_at, mode=mode)
        return 0
    # Here, so that a first build shows its progress on this terminal and dies with it.
    binaries.ensure(report=say)
    process = _start_supervisor(files, configuration, containers_at, mode)
    try:
        if not _follow(files, process):
            return 1
    except BaseException:
        process.terminate()
        process.wait()
        raise
    say(f"the lab is up. Your shell for it: . {files.env}")
    if containers_at:
        say(f"for a container: docker run --env-file {files.container_env} --add-host {HOST_NAME}:host-gateway …")
    if with_hints:
        say(hints.write(files, sys.executable, mode, registrar_rights.load(files.configuration.read_text())))
    return 0


def print_binaries() -> int:
    """Have every binary at hand, and print where each is."""
    for name, path in binaries.ensure(report=say).items():
        say(f"{name}  {path}")
    return 0


def print_kubeconfig(folder: Path, role: str, session: str) -> int:
    """Print the kubeconfig of a new session of the role."""
    state = _running(folder)
    credentials = roles.assume(state.environment, role, session)
    cluster = kubeconfig.Cluster(CLUSTER, state.endpoint, Path(state.ca_file))
    sys.stdout.write(kubeconfig.of_role(cluster, role.rpartition("/")[2], credentials))
    return 0


def status(folder: Path) -> int:
    """Say whether a lab runs and where."""
    files = LabFolder(folder.absolute())
    state = LabState.read(files)
    if state is None:
        say(f"a lab is starting in {files.root}" if supervisor.is_running(files) else f"no lab runs in {files.root}")
        return 1
    say(f"a lab runs in {files.root} (supervisor {state.supervisor})")
    say(f"  API server  {state.endpoint}")
    say(f"  AWS         {state.environment['AWS_ENDPOINT_URL']}")
    say(f"  logs        {files.logs}")
    return 0


def down(folder: Path) -> int:
    """End the lab of the folder; no lab is no error."""
    files = LabFolder(folder.absolute())
    pid = supervisor.supervisor_pid(files)
    if pid is None:
        say(f"no lab runs in {files.root}")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _DOWN_S
    while supervisor.is_running(files):
        if time.monotonic() > deadline:
            # Its parts die with it: lab/guard.py.
            os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_S)
    say(f"the lab in {files.root} has ended")
    return 0


def _start_supervisor(
    files: LabFolder, configuration: Path | None, containers_at: str | None, mode: str
) -> "subprocess.Popen[str]":
    files.state.unlink(missing_ok=True)
    files.write_secret(files.progress, "")
    options = ["--config", str(configuration.absolute())] if configuration else []
    options += ["--containers-at", containers_at] if containers_at else []
    options += ["--mode", mode]
    with files.progress.open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "lab.supervise", str(files.root), *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


def _follow(files: LabFolder, process: "subprocess.Popen[str]") -> bool:
    """Print what the supervisor says until it is ready (True) or has ended (False)."""
    with files.progress.open() as progress:
        while True:
            ended, ready = process.poll() is not None, files.state.exists()
            sys.stdout.write(progress.read())
            sys.stdout.flush()
            if ended:
                return False
            if ready and process.stdin:
                process.stdin.write(supervisor.STAY)
                process.stdin.close()
                return True
            time.sleep(_POLL_S)


def _running(folder: Path) -> LabState:
    state = LabState.read(LabFolder(folder.absolute()))
    if state is None:
        raise LabError(f"no lab runs in {folder.absolute()}: start one with `python -m lab up`")
    return state


def say(text: str) -> None:
    """Print a line at once, also into a file or a pipe."""
    print(text, flush=True)
