"""The processes of a lab: started with a log each, stopped together, never left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lab.errors import LabError
from lab.ports import free_port

__all__ = ["LabProcessError", "Process", "ProcessGroup", "free_port"]

_HERE = Path(__file__).parent
_LOG_LINES_SHOWN = 15
_READY_POLL_S = 0.02


class LabProcessError(LabError):
    """A process of the lab ended or did not become ready; the message ends with the last lines of its log."""


@dataclass(frozen=True)
class Process:
    """One running part: its name, its log and the process, which leads a process group of its own."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self.popen.pid

    def is_running(self) -> bool:
        """Whether the process itself has not ended."""
        return self.popen.poll() is None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and to all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def last_log_lines(self, count: int = _LOG_LINES_SHOWN) -> str:
        """The end of the log, for error messages."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-count:]) or "    (its log is empty)"


class ProcessGroup:
    """All processes of one lab.

    Safe to use from several threads. Every process leads its own process group; the groups are killed by
    :mod:`lab.guard` when this process dies without having called :meth:`stop_all`, and on Linux each process is also
    killed by the kernel at that moment.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: list[Process] = []
        # PR_SET_PDEATHSIG fires when the *thread* that forked ends: all forks are made by one that lives as long as
        # this object.
        self._forks = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lab-forks")
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_HERE / "guard.py")], stdin=subprocess.PIPE, start_new_session=True
        )

    @property
    def processes(self) -> tuple[Process, ...]:
        """The processes in the order in which they were started."""
        with self._lock:
            return tuple(self._processes)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        ready: Callable[[], bool] | None = None,
        timeout_s: float = 30.0,
    ) -> Process:
        """Start a process and, with ``ready``, wait until that says True (it is asked every 20 ms).

        ``env`` is the whole environment of the process, nothing is inherited; ``log`` takes its standard output and
        error (mode 0600).

        Raises:
            LabProcessError: if it ends before it is ready, or is not ready after ``timeout_s`` seconds.

        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
            process = self._forks.submit(self._fork, name, argv, env, log, output).result()
        if ready is not None:
            self.wait_ready(process, ready, timeout_s)
        return process

    def wait_ready(self, process: Process, ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until ``ready`` says True; raises as :meth:`start` does."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not process.is_running():
                raise LabProcessError(
                    f"{process.name} ended with exit code {process.popen.returncode} before it was ready; the end of"
                    f" {process.log}:\n{process.last_log_lines()}"
                )
            if time.monotonic() > deadline:
                raise LabProcessError(
                    f"{process.name} is not ready after {timeout_s:.0f} s; the end of {process.log}:\n"
                    f"{process.last_log_lines()}"
                )
            time.sleep(_READY_POLL_S)

    def stop(self, process: Process, grace_s: float = 1.0) -> None:
        """SIGTERM to the process's group, then SIGKILL to what is left of it after ``grace_s`` seconds."""
        # First: who watches the parts must not take it for one that has died.
        with self._lock:
            self._processes.remove(process)
        process.signal_group(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(timeout=grace_s)
        process.signal_group(signal.SIGKILL)
        process.popen.wait()
        # A guard that is gone must not keep the others from being stopped.
        with contextlib.suppress(LabProcessError):
            self._tell_guard(f"-{process.pid}")

    def stop_all(self, grace_s: float = 0.5) -> None:
        """Stop all processes, the last one started first; does nothing the second time.

        The grace is short on purpose: kube-apiserver and the authenticator outlive a SIGTERM by ten seconds and more.
        """
        for process in reversed(self.processes):
            self.stop(process, grace_s)
        self._forks.shutdown()
        self._guard.communicate()

    def _fork(self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path, output: IO[bytes]) -> Process:
        leash = [sys.executable, "-I", "-S", str(_HERE / "leash.py"), str(os.getpid())]
        popen = subprocess.Popen(
            [*leash, *argv],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        process = Process(name, log, popen)
        with self._lock:
            self._processes.append(process)
        self._tell_guard(f"+{popen.pid}")
        return process

    def _tell_guard(self, line: str) -> None:
        assert self._guard.stdin is not None  # it is a pipe
        try:
            with self._lock:
                self._guard.stdin.write(f"{line}\n".encode())
                self._guard.stdin.flush()
        except BrokenPipeError as error:
            raise LabProcessError("the lab's guard process was killed: end this lab and start it anew") from error
