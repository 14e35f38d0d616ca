"""Somebody's admission webhook before aws-auth, real and over TLS: it denies, or it does not answer."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.pki import CertificateAuthority
from lab.ports import LOOPBACK, free_port

WORDS = "ask the platform team first"
_NAME = "faults-aws-auth"
_PATIENCE_S = 10
_PATIENCE_IN_VAIN_S = 1
_NOTICED_S = 30.0
_PATH = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
_AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


class Webhook(Enum):
    """What it does with every write of aws-auth."""

    DENIES = "denies"
    HANGS = "hangs"


@dataclass(frozen=True)
class Server:
    """Where the API server finds it, whom it trusts for that, and how long it waits for an answer, in seconds."""

    url: str
    ca_pem: str
    patience_s: int = _PATIENCE_S


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.kind is Webhook.HANGS:
            self.server.over.wait()
        review["response"] = {"uid": review["request"]["uid"], "allowed": False, "status": {"message": WORDS}}
        body = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, kind: Webhook, tls: ssl.SSLContext) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.kind, self.over = kind, threading.Event()
        self.socket = tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """An API server that has given up is what a hanging webhook is for."""


@contextmanager
def serving(kind: Webhook, folder: Path) -> Iterator[Server]:
    """The webhook's server on loopback; ``folder`` takes its certificate."""
    ca = CertificateAuthority.create(folder, "somebody's webhook")
    certificate, key = ca.issue("webhook", ips=[LOOPBACK])
    pair = folder / "webhook.pem"
    pair.write_text(certificate + key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair)
    server = _Server(kind, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        patience_s = _PATIENCE_IN_VAIN_S if kind is Webhook.HANGS else _PATIENCE_S
        yield Server(f"https://{LOOPBACK}:{server.server_port}/", ca.cert_pem, patience_s)
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def no_server(folder: Path) -> Server:
    """A port at which nobody listens."""
    return Server(f"https://{LOOPBACK}:{free_port()}/", CertificateAuthority.create(folder).cert_pem)


@contextmanager
def in_force(lab: LocalEks, server: Server) -> Iterator[None]:
    """The webhook's configuration, in force while the context lasts.

    Raises:
        LabError: if it is not after half a minute, or still is.

    """
    created = lab.api.request("POST", _PATH, _configuration(server))
    if created.status != 201:
        raise LabError(f"the webhook's configuration was refused: {created.message}")
    try:
        _wait(lab, refused=True)
        yield
    finally:
        lab.api.request("DELETE", f"{_PATH}/{_NAME}")
        _wait(lab, refused=False)


def _wait(lab: LocalEks, *, refused: bool) -> None:
    """It applies some time after it is created, and a while after it is gone."""
    deadline = time.monotonic() + _NOTICED_S
    note = {"metadata": {"annotations": {"probe": "1"}}}
    while (_dry_run(lab, note) >= 400) != refused:
        if time.monotonic() > deadline:
            raise LabError(f"the webhook's configuration is {'not yet' if refused else 'still'} in force")
        time.sleep(0.02)


def _dry_run(lab: LocalEks, note: Mapping[str, object]) -> int:
    return lab.api.request("PATCH", f"{_AWS_AUTH}?dryRun=All", note, "application/merge-patch+json").status


def _configuration(server: Server) -> dict[str, object]:
    hook = {
        "name": "aws-auth.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
        "timeoutSeconds": server.patience_s, "failurePolicy": "Fail", "matchPolicy": "Equivalent",
        "matchConditions": [{"name": "aws-auth", "expression": "request.name == 'aws-auth'"}],
        "clientConfig": {"url": server.url, "caBundle": base64.b64encode(server.ca_pem.encode()).decode()},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"]}],
    }  # fmt: skip
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _NAME}, "webhooks": [hook],
    }  # fmt: skip
