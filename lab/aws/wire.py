"""HTTP requests and answers as plain values, and the way from and to WSGI."""

import io
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.ports import LOOPBACK

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire.

    Attributes:
        method: ``GET``, ``POST``, …
        target: path and query exactly as sent: a signature covers the spelling.
        headers: names in lower case; a header sent twice is joined by a comma.
        body: the whole body.
        peer: the client's IP address.

    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    peer: str

    @property
    def host(self) -> str:
        """The Host header without its port, in lower case."""
        return self.headers.get("host", "").rsplit(":", 1)[0].lower()


@dataclass(frozen=True)
class Response:
    """An answer: status code, headers in order, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def read_request(environ: Environ) -> Request:
    """Take the request out of a WSGI environment, and put its body back so that the next application can read it."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers |= {
        name.replace("_", "-").lower(): environ[name]
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if environ.get(name)
    }
    target = str(environ["REQUEST_URI"])
    return Request(environ["REQUEST_METHOD"], target, headers, body, environ.get("REMOTE_ADDR", ""))


def call(app: WsgiApp, environ: Environ) -> Response:
    """Ask a WSGI application and collect its whole answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(app(environ, lambda status, headers, *_error: started.append((status, headers))))
    status, headers = started[-1]
    return Response(int(status.split(" ", 1)[0]), tuple(headers), body)


def answers(port: int, address: str = LOOPBACK) -> bool:
    """Whether something listens on a port, of loopback unless said otherwise."""
    try:
        with socket.create_connection((address, port), timeout=1.0):
            return True
    except OSError:
        return False


def send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    """Give an answer to a WSGI server."""
    headers = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
    start_response(f"{response.status} -", [*headers, ("Content-Length", str(len(response.body)))])
    return [response.body]


def with_form(environ: Environ, request: Request, account: str, region: str) -> Environ:
    """A WSGI environment for an IAM call that the lab itself makes in an account; moto takes both from its headers."""
    return environ | {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": "/",
        "REQUEST_URI": "/",
        "RAW_URI": "/",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=LAB/19700101/{region}/iam/aws4_request, SignedHeaders=host",
        "HTTP_X_MOTO_ACCOUNT_ID": account,
        "wsgi.input": io.BytesIO(request.body),
    }


def with_body(environ: Environ, body: bytes) -> Environ:
    """The same request with another body."""
    return environ | {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
