"""What counts as absent in a cluster: absence takes rights away, so it must be said by the API server itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from registrar.eks.client import Kubernetes, NotFound
from registrar.errors import Unreachable

STATUS = {"kind": "Status", "reason": "NotFound", "message": "not found", "details": {"kind": "namespaces"}}


@dataclass
class Answering:
    """A pool of connections to a server that always says the same."""

    body: bytes

    def request(self, method: str, url: str, **how: Any) -> SimpleNamespace:  # noqa: ARG002 - the signature is urllib3's
        """404."""
        return SimpleNamespace(status=404, data=self.body)


def asked(body: bytes) -> Kubernetes:
    """A client of that server."""
    tokens: Any = SimpleNamespace(current=lambda: "k8s-aws-v1.none", forget=lambda: None)
    pool: Any = Answering(body)
    return Kubernetes("prod", "https://cluster.example", pool, tokens)


def test_a_status_of_the_api_server_means_absent() -> None:
    """It says what it did not find."""
    with pytest.raises(NotFound) as raised:
        asked(json.dumps(STATUS).encode()).get("/api/v1/namespaces/x")
    assert raised.value.kind == "namespaces"


@pytest.mark.parametrize("body", [b"404 page not found\n", b"<html></html>", b"{}", b'{"message": "no route"}'])
def test_any_other_404_is_no_answer(body: bytes) -> None:
    """A server that is starting, or a proxy before it, must set no grant back to waiting: the record returns."""
    with pytest.raises(Unreachable, match="cluster prod: GET /api/v1/namespaces/x: 404"):
        asked(body).get("/api/v1/namespaces/x")
