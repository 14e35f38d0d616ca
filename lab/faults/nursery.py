"""Makes processes of the function: ``python -m lab.faults.nursery SOCKET [clock]``.

It imports what the function imports and then forks, so that a new execution environment costs a fork and no import. A
child has what a new environment of Lambda has: no client, no token, no connection. It serves one invocation after the
other until its socket ends or it is killed.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

from lab.faults import clock

# What the handler imports; the handler itself reads the environment when it is imported, so each child does that.
_PRELOADED = (
    "boto3", "aws_lambda_powertools", "aws_lambda_powertools.utilities.batch", "registrar.wiring", "registrar.batch",
    "registrar.report", "registrar.metrics", "registrar.configuration",
)  # fmt: skip
MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Context:
    """Lambda's context, as far as the handler and Powertools read it; the deadline is of the monotonic clock."""

    deadline: float
    function_name: str = "eks-registrar"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:eks-registrar:live"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def main(control: socket.socket) -> None:
    """Fork a child for each order: its environment as JSON, with its socket and its log as file descriptors."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: they leave no zombies
    for module in _PRELOADED:
        importlib.import_module(module)
    control.sendall(b"ready\n")
    while True:
        order, fds, _, _ = socket.recv_fds(control, MOST_BYTES, 2)
        if not order:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            _live(json.loads(order), socket.socket(fileno=fds[0]), fds[1])
        for fd in fds:
            os.close(fd)
        control.sendall(f"{pid}\n".encode())


def _live(environment: dict[str, str], channel: socket.socket, log: int) -> None:
    try:
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(environment)
        handler = importlib.import_module("registrar.handler").handler
        with channel.makefile("rw", encoding="utf-8") as lines:
            for line in lines:
                lines.write(json.dumps(_answer(handler, json.loads(line))) + "\n")
                lines.flush()
    finally:
        sys.stdout.flush()
        os._exit(0)


def _answer(handler: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The function's answer, or as Lambda tells it the error that it ended with."""
    clock.set_wrong(asked["clock_wrong_by_s"])
    context = Context(time.monotonic() + asked["timeout_s"])
    try:
        return {"returned": handler(asked["event"], context)}
    except Exception as error:  # noqa: BLE001 - Lambda's runtime reports whatever a handler raises, and goes on
        return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    if sys.argv[2:] == ["clock"]:
        clock.install()
    main(socket.socket(fileno=int(sys.argv[1])))
