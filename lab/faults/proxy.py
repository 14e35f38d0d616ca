"""An HTTP/1.1 proxy on loopback that hands calls on to one server, unless its script has harm for them."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import urllib3

from lab.aws.actions import action_of
from lab.aws.errors import service_error
from lab.aws.wire import Request, Response
from lab.faults.script import Script
from lab.ports import LOOPBACK

_UPSTREAM_S = 30.0
# Of one connection only (RFC 9110, 7.6.1), or said anew by this proxy.
_OWN_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True)
class Way:
    """Where calls go and how they are called.

    Attributes:
        url: of the server.
        pool: with which it is asked.
        name_of: names a call, for the script's globs.
        bend: what every answer undergoes on its way, harm or not.

    """

    url: str
    pool: urllib3.PoolManager
    name_of: Callable[[Request], str]
    bend: Callable[[str, Response], Response]


class Proxy(ThreadingHTTPServer):
    """Listens on a free port of loopback, with TLS if it has a context for it."""

    daemon_threads = True
    # A connection that is reset must not see an orderly end before.
    shutdown_request = ThreadingHTTPServer.close_request

    def __init__(self, way: Way, script: Script, tls: ssl.SSLContext | None = None) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.way, self.script, self.tls = way, script, tls

    @property
    def url(self) -> str:
        """Under which clients reach it."""
        return f"{'https' if self.tls else 'http'}://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed or gives up is what this proxy is for."""

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        """Serve in a thread while the context lasts."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.script.heal()
            self.shutdown()
            self.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One connection; also the ``Exchange`` of the call that it has just read."""

    server: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    name = ""
    _request: Request

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle_one_request(self) -> None:
        """Read the head of a call; whatever its method is, it goes on the same way."""
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            self._relay()

    def _relay(self) -> None:
        """Take a call, note its name, and do with it what the script says."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._request = Request(self.command, self.path, headers, body, str(self.client_address[0]))
        self.name = self.server.way.name_of(self._request)
        harm = self.server.script.harm_for(self.name)
        with contextlib.suppress(OSError):  # the client is gone, or was killed
            if harm is None:
                self.answer(self.forward())
            else:
                harm.befall(self)

    def forward(self) -> Response:
        """Ask the server; the Host header stays, since a signature covers it."""
        way, asked = self.server.way, self._request
        headers = {name: value for name, value in asked.headers.items() if name not in _OWN_HEADERS}
        got = way.pool.request(
            asked.method, way.url + asked.target, body=asked.body or None, headers=headers, decode_content=False,
            timeout=_UPSTREAM_S, retries=False, redirect=False,
        )  # fmt: skip
        return way.bend(self.name, Response(got.status, tuple(got.headers.items()), got.data))

    def answer(self, response: Response, send: int | None = None) -> None:
        """Send an answer, or the beginning of one; then the connection ends."""
        self._begin(response)
        self.wfile.write(response.body if send is None else response.body[:send])
        self.wfile.flush()
        if send is not None:
            self.close_connection = True

    def drip(self, response: Response, bytes_at_once: int, pause_s: float) -> None:
        """Send an answer in small pieces."""
        self._begin(response)
        for start in range(0, len(response.body), bytes_at_once):
            self.wfile.write(response.body[start : start + bytes_at_once])
            self.wfile.flush()
            if self.server.script.over.wait(pause_s):
                break
        self.close_connection = True

    def reset(self) -> None:
        """Let the end of the connection be a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def hang(self) -> None:
        """Keep the client waiting."""
        self.server.script.over.wait()
        self.reset()

    def aws_error(self, code: str, status: int) -> Response:
        """In the protocol of the call's service, which its name begins with."""
        return service_error(self._request, self.name.partition(":")[0], status, code, f"the lab's own {code}")

    def _begin(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            if name.lower() not in _OWN_HEADERS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Log nothing: request lines of presigned calls are credentials."""


def kubernetes_name(request: Request) -> str:
    """Method and path: ``PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth``."""
    return f"{request.method} {request.target.partition('?')[0]}"


def aws_name(request: Request) -> str:
    """Action and what it is about: ``iam:GetRole NAME``, ``eks:DescribeCluster NAME``, ``sqs:SendMessage``."""
    service = request.headers.get("authorization", "").partition("/aws4_request")[0].rpartition("/")[2]
    action = action_of(request, service) or f"{service}:{request.method}"
    return f"{action} {_subject(request, action)}".rstrip()


def _principal(request: Request) -> str:
    """The name of the role whose access entry a call is about; empty for a list of all."""
    _, _, arn = request.target.partition("?")[0].partition("/access-entries/")
    named = unquote(arn.partition("/")[0]) or json.loads(request.body or b"{}").get("principalArn", "")
    return str(named).rpartition("/")[2]


def _subject(request: Request, action: str) -> str:
    if action == "eks:DescribeCluster":
        return request.target.partition("?")[0].rpartition("/")[2]
    if action.startswith("eks:"):
        return _principal(request)
    if action == "iam:GetAccountAuthorizationDetails":
        return "next" if b"Marker=" in request.body else "first"
    form = dict(pair.split("=", 1) for pair in request.body.decode().split("&") if "=" in pair)
    return form.get("RoleName", "")
