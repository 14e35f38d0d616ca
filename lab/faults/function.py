"""The function in processes of its own, which can be killed; invoked as Lambda does, and ended at Lambda's timeout."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab.aws.facts import CHECKOUT
from lab.errors import LabError

_LONGEST_END_S = 5.0


class Killed(Exception):
    """The process ended in the middle of an invocation."""


class TimedOut(Exception):
    """Lambda would have ended the invocation at its timeout; the process was killed, as there."""


class Raised(Exception):
    """The handler raised: Lambda returns the whole batch to the queue."""


@dataclass
class Environment:
    """One execution environment of the function: a process that serves one invocation after the other.

    Attributes:
        pid: of the process.

    """

    pid: int
    _channel: socket.socket = field(repr=False)
    _timeout_s: float = 60.0
    _over: bool = False

    def invoke(self, event: Mapping[str, Any], clock_wrong_by_s: float = 0.0) -> Any:
        """What the handler returns.

        Raises:
            Killed: if the process was killed meanwhile.
            TimedOut: if no answer came within the function's timeout.
            Raised: if the handler raised.

        """
        asked = {"event": event, "clock_wrong_by_s": clock_wrong_by_s, "timeout_s": self._timeout_s}
        self._channel.sendall(f"{json.dumps(asked)}\n".encode())
        answer = self._read_line()
        if "raised" in answer:
            raise Raised(answer["raised"])
        return answer["returned"]

    @property
    def lives(self) -> bool:
        """Whether it can be invoked again."""
        return not self._over

    def end(self) -> None:
        """Kill the process."""
        if not self._over:
            self._over = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._channel.close()

    def _read_line(self) -> dict[str, Any]:
        received = b""
        while not received.endswith(b"\n"):
            ready, _, _ = select.select([self._channel], [], [], self._timeout_s)
            if not ready:
                self.end()
                raise TimedOut(f"no answer within the function's timeout of {self._timeout_s:.0f} s")
            piece = self._receive()
            if not piece:
                self._over = True
                raise Killed(f"the process {self.pid} is gone; what it printed stands in the bench's log")
            received += piece
        answer: dict[str, Any] = json.loads(received)
        return answer

    def _receive(self) -> bytes:
        try:
            return self._channel.recv(1 << 16)
        except ConnectionResetError:  # it was killed before it had read what it was asked
            return b""


class Nursery:
    """Makes execution environments by a fork of a process that has imported the function.

    Args:
        log: takes what the function prints.
        timeout_s: Lambda's timeout of the function.
        with_clock: whether their clocks can be set wrong.

    Attributes:
        log: what the function has printed.

    """

    def __init__(self, log: Path, timeout_s: float, *, with_clock: bool = False) -> None:
        self._timeout_s = timeout_s
        self.log = log
        self._log = log.open("ab")
        self._control, theirs = socket.socketpair()
        options = ["clock"] if with_clock else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.faults.nursery", str(theirs.fileno()), *options],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join([str(CHECKOUT / "functions"), str(CHECKOUT)]),
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()
        self._expect("ready")

    def make(self, environment: Mapping[str, str]) -> Environment:
        """A new execution environment."""
        ours, theirs = socket.socketpair()
        order = json.dumps({"LANG": "C.UTF-8", "PATH": os.environ["PATH"], **environment}).encode()
        socket.send_fds(self._control, [order], [theirs.fileno(), self._log.fileno()])
        theirs.close()
        return Environment(int(self._expect(None)), ours, self._timeout_s)

    def _expect(self, word: str | None) -> str:
        line = self._control.recv(64).decode().strip()
        if not line or (word is not None and line != word):
            raise LabError(f"the function's nursery ended early; its error stands in {self._log.name}")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        try:
            self._process.wait(_LONGEST_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
