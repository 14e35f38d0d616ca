"""Somebody's admission webhook before aws-auth: one that says no, and one that does not answer."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from stage import Stage, a_name, tagging

from lab.pki import CertificateAuthority
from lab.ports import LOOPBACK, free_port
from registrar.errors import DeniedByAdmission, Unreachable

WORDS = "ask the platform team first"


def test_a_webhook_that_denies_is_reported_with_its_text_and_not_retried(quiet: Stage, tmp_path: Path) -> None:
    """A real webhook, over TLS: its words reach the reader, and the record is dead."""
    role = quiet.role("view")
    ca = CertificateAuthority.create(tmp_path)
    with denying_server(ca, tmp_path) as url, webhook(quiet, url, ca.cert_pem):
        outcome = quiet.settle(tagging(role)).outcomes[0]
    assert isinstance(outcome.error, DeniedByAdmission), outcome.error
    assert WORDS in str(outcome.error)
    assert not outcome.retry
    assert quiet.row(role) is None


def test_a_webhook_that_does_not_answer_returns_the_record(quiet: Stage, tmp_path: Path) -> None:
    """Nobody said no: it may be back in a minute."""
    role = quiet.role("view")
    ca = CertificateAuthority.create(tmp_path)
    with webhook(quiet, f"https://{LOOPBACK}:{free_port()}/", ca.cert_pem):
        outcome = quiet.settle(tagging(role)).outcomes[0]
    assert isinstance(outcome.error, Unreachable), outcome.error
    assert outcome.retry
    assert quiet.row(role) is None


@contextmanager
def webhook(stage: Stage, url: str, ca_pem: str) -> Iterator[None]:
    """A ValidatingWebhookConfiguration on ConfigMaps, in force while the context lasts."""
    name = a_name("webhook")
    hook = {
        "name": "aws-auth.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "timeoutSeconds": 2,
        "failurePolicy": "Fail", "matchPolicy": "Equivalent",
        "matchConditions": [{"name": "aws-auth", "expression": "request.name == 'aws-auth'"}],
        "clientConfig": {"url": url, "caBundle": base64.b64encode(ca_pem.encode()).decode()},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"]}],
    }  # fmt: skip
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name}, "webhooks": [hook],
    }  # fmt: skip
    probe = ["annotate", "configmap", "aws-auth", "-n", "kube-system", "--dry-run=server", "--overwrite", "probe=1"]
    stage.lab.kubectl("apply", "-f", "-", stdin=json.dumps(configuration))
    try:
        while stage.lab.kubectl(*probe, check=False).returncode == 0:
            pass  # it applies some time after it is created, and a while after it is gone
        yield
    finally:
        stage.lab.kubectl("delete", "validatingwebhookconfiguration", name)
        while stage.lab.kubectl(*probe, check=False).returncode != 0:
            pass


class Denying(BaseHTTPRequestHandler):
    """Answers every AdmissionReview with no."""

    def do_POST(self) -> None:
        """Deny."""
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        review["response"] = {"uid": review["request"]["uid"], "allowed": False, "status": {"message": WORDS}}
        body = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def denying_server(ca: CertificateAuthority, folder: Path) -> Iterator[str]:
    """A webhook on loopback; its URL."""
    certificate, key = ca.issue("webhook", ips=[LOOPBACK])
    pair = folder / "webhook.pem"
    pair.write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    server = HTTPServer((LOOPBACK, 0), Denying)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://{LOOPBACK}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
