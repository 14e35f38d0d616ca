"""The API server as ``doctor`` asks it: an error is an answer too, in another's name if need be, as a dry run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import urllib3

from registrar.eks.client import CONNECT_SECONDS, READ_SECONDS, Tokens, trust
from registrar.errors import Unreachable


@dataclass(frozen=True)
class Answer:
    """Status, object, and the server's own time (its ``Date`` header)."""

    status: int
    body: Mapping[str, Any]
    date: str | None

    @property
    def message(self) -> str:
        """The text of a Kubernetes ``Status``, cut short."""
        return str(self.body.get("message", ""))[:300]


@dataclass(frozen=True)
class ApiServer:
    """One cluster's API server; ``impersonated`` is the group in whose name requests are made, if not the caller's."""

    cluster: str
    url: str
    pool: urllib3.PoolManager = field(repr=False)
    tokens: Tokens = field(repr=False)
    impersonated: str | None = None

    @classmethod
    def connect(cls, cluster: str, url: str, ca_pem: str, tokens: Tokens) -> ApiServer:
        """A client; nothing is sent yet. Raises ``Unreachable`` where there is no CA to trust."""
        context = trust(cluster, url, ca_pem)
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        # A redirect is never followed: it would carry the token elsewhere.
        pool = urllib3.PoolManager(ssl_context=context, timeout=timeout, retries=urllib3.Retry(0, redirect=0))
        return cls(cluster, url, pool, tokens)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, dry_run: bool = False) -> Answer:
        """Send one request; an error status is an answer too. Raises ``Unreachable`` where none comes."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self.tokens.current()}"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        if self.impersonated:
            headers |= {"Impersonate-User": f"{self.impersonated}:doctor", "Impersonate-Group": self.impersonated}
        url = f"{self.url}{path}" + (f"?{urlencode({'dryRun': 'All'})}" if dry_run else "")
        sent = None if body is None else json.dumps(body)
        try:
            response = self.pool.request(method, url, body=sent, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"cluster {self.cluster}: {method} {path}: no answer ({type(error).__name__})") from error
        return Answer(response.status, _object(response.data), response.headers.get("Date"))


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(data)
    except ValueError:
        return {"message": data[:300].decode("utf-8", "replace")}
    return parsed if isinstance(parsed, dict) else {"message": "no object"}
