"""A cluster under the caller's own kubeconfig, for many requests: ``kubectl proxy`` on a socket of theirs.

kubectl knows every way in that a kubeconfig can name, and one kubectl serves the thousands of questions by which rights
are measured. It ends with this process, however that ends: a shell waits for the end of a pipe and then stops it.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection

from registrar.eks.client import CONNECT_SECONDS, READ_SECONDS, Kubernetes
from registrar.kubectl import Kubectl, KubectlFailed

_READY_SECONDS, _POLL_SECONDS = 20.0, 0.05
# A background command has no stdin of its own, so the pipe is handed to the one that waits for its end.
_LEASH = 'exec 3<&0; "$@" 3<&- & p=$!; exec 2>/dev/null; { read -r _ <&3; kill "$p"; } & wait "$p"'
CONNECTIONS = 8


@contextmanager
def proxied(kubectl: Kubectl, cluster: str) -> Iterator[Kubernetes]:
    """A client of the API server that the caller's kubeconfig leads to; ``cluster`` is its tag, for messages.

    Raises ``KubectlFailed`` if kubectl does not start.
    """
    with tempfile.TemporaryDirectory(prefix="eks-registrar-") as folder:
        path = Path(folder, "proxy")
        process = _start(kubectl, path)
        try:
            _wait(process, path)
            yield Kubernetes(cluster, "", cast(urllib3.PoolManager, _pool(path)), _NoToken())
        finally:
            process.communicate()


def _start(kubectl: Kubectl, path: Path) -> subprocess.Popen[str]:
    chosen = [f"--context={kubectl.context}"] if kubectl.context else []
    command = [kubectl.program, *chosen, "proxy", f"--unix-socket={path}"]
    try:
        # In a session of its own: Ctrl-C is for us, and the end of the pipe for it.
        return subprocess.Popen(
            ["/bin/sh", "-c", _LEASH, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise KubectlFailed(f"kubectl proxy did not start: {error}") from error


def _wait(process: subprocess.Popen[str], path: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise KubectlFailed("kubectl proxy did not start; what it said stands above")
        time.sleep(_POLL_SECONDS)


class _NoToken:
    """kubectl has the credentials."""

    def current(self) -> str:
        return ""

    def forget(self) -> None:
        return


class _Connection(HTTPConnection):
    """HTTP over a unix socket: urllib3 has no such thing, and names this method as the place for it."""

    def __init__(self, *arguments: Any, path: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._path = path

    def _new_conn(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(READ_SECONDS)
        made.connect(self._path)
        return made


class _Pool(urllib3.HTTPConnectionPool):
    """Connections to one socket. An ``Authorization`` of ours would take the place of kubectl's own."""

    ConnectionCls = _Connection

    def urlopen(self, *arguments: Any, **named: Any) -> Any:
        headers = {key: value for key, value in (named.get("headers") or {}).items() if key != "Authorization"}
        return super().urlopen(*arguments, **(named | {"headers": headers}))


def _pool(path: Path) -> _Pool:
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return _Pool("localhost", maxsize=CONNECTIONS, block=True, retries=False, timeout=timeout, path=str(path))
