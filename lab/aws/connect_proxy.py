"""A CONNECT proxy that ends TLS for the hosts of STS and connects to nothing else.

aws-iam-authenticator accepts tokens only for ``https://sts.<region>.amazonaws.com``, asks through Go's default
transport, and so honours HTTPS_PROXY and SSL_CERT_FILE: through this proxy those names lead to the lab.
"""

import ssl
from collections.abc import Container
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer

_PORT = "443"
_HANDSHAKE_TIMEOUT_S = 10.0


class QuietRequestHandler(MotoRequestHandler):
    """moto's request handler without an access log: request lines of presigned calls are credentials."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class ConnectProxy(ThreadingHTTPServer):
    """Listens on loopback; the requests inside its tunnels are answered by the application of ``server``."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], server: BaseWSGIServer, tls: ssl.SSLContext, hosts: Container[str]
    ) -> None:
        super().__init__(address, _ConnectHandler)
        self.inner_server = server
        self.tls = tls
        self.hosts = hosts


class _ConnectHandler(BaseHTTPRequestHandler):
    server: ConnectProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        self.close_connection = True
        if host.lower() not in self.server.hosts or port != _PORT:
            self.send_error(HTTPStatus.FORBIDDEN, explain=f"The lab's proxy leads to STS only, not to {self.path}.")
            return
        self.send_response(HTTPStatus.OK, "Connection established")
        self.end_headers()
        self.connection.settimeout(_HANDSHAKE_TIMEOUT_S)
        with self.server.tls.wrap_socket(self.connection, server_side=True) as tunnel:
            tunnel.settimeout(None)
            QuietRequestHandler(tunnel, self.client_address, self.server.inner_server)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""
