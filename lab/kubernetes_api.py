"""Plain requests to the lab's API server, mostly as an administrator with a client certificate."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

_TIMEOUT = urllib3.Timeout(connect=2.0, read=15.0)


@dataclass(frozen=True)
class Answer:
    """The HTTP status and the decoded JSON body (``{}`` for a body that is not a JSON object)."""

    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """The text of a Kubernetes ``Status``."""
        return str(self.body.get("message", ""))


class KubernetesApi:
    """One kept-alive connection pool to an API server."""

    def __init__(self, endpoint: str, ca_pem: str, client: tuple[Path, Path] | None = None) -> None:
        """``client`` is the certificate file and its key file; without it requests are anonymous."""
        context = ssl.create_default_context(cadata=ca_pem)
        if client:
            context.load_cert_chain(*client)
        self._endpoint = endpoint
        self._pool = urllib3.PoolManager(ssl_context=context, timeout=_TIMEOUT, retries=False)

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. An error status is an answer too.

        Raises:
            urllib3.exceptions.HTTPError: if the server cannot be reached or does not answer in time.

        """
        response = self._pool.request(
            method,
            self._endpoint + path,
            body=None if body is None else json.dumps(body),
            headers={"Accept": "application/json", "Content-Type": content_type, **(headers or {})},
        )
        try:
            decoded = json.loads(response.data)
        except ValueError:
            decoded = {}
        return Answer(response.status, decoded if isinstance(decoded, dict) else {})

    def is_ready(self) -> bool:
        """Whether ``/readyz`` says so."""
        try:
            return self.request("GET", "/readyz").status == 200
        except urllib3.exceptions.HTTPError:
            return False
