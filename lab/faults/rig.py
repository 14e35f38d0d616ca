"""The function's two ways out, each through a proxy that can do harm: to the API server and to AWS."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import urllib3

from lab.aws.wire import Response
from lab.faults.proxy import Proxy, Way, aws_name, kubernetes_name
from lab.faults.script import Script
from lab.local_eks import LocalEks
from lab.pki import CertificateAuthority
from lab.ports import LOOPBACK


@dataclass(frozen=True)
class Rig:
    """A lab with harm at its doors.

    Attributes:
        lab: the lab; whoever asks it directly meets no harm.
        script: what happens to those who come through the proxies.
        aws_url: ``AWS_ENDPOINT_URL`` of a function that comes through them: there ``DescribeCluster`` tells the
            endpoint and the CA of the proxy before the API server.

    """

    lab: LocalEks
    script: Script
    aws_url: str

    @classmethod
    @contextmanager
    def before(cls, lab: LocalEks, folder: Path) -> Iterator[Rig]:
        """Both proxies, while the context lasts; ``folder`` takes the certificate."""
        script, ca = Script(), CertificateAuthority.create(folder, "eks-registrar fault bench")
        trusted = ssl.create_default_context(cadata=lab.ca_pem)
        api = Way(lab.endpoint, urllib3.PoolManager(ssl_context=trusted, maxsize=16), kubernetes_name, _unchanged)
        with Proxy(api, script, _server_side(ca, folder)).running() as kubernetes:

            def tell_of_proxy(name: str, response: Response) -> Response:
                known = name.startswith("eks:DescribeCluster") and response.status == 200
                return _moved(response, kubernetes.url, ca.cert_pem) if known else response

            aws = Way(lab.aws.endpoint_url, urllib3.PoolManager(maxsize=16), aws_name, tell_of_proxy)
            with Proxy(aws, script).running() as proxy:
                yield cls(lab, script, proxy.url)

    def environment(self) -> dict[str, str]:
        """The function's, with its way through the proxies."""
        return {**self.lab.registrar_environment(), "AWS_ENDPOINT_URL": self.aws_url}


def _unchanged(_name: str, response: Response) -> Response:
    return response


def _moved(response: Response, url: str, ca_pem: str) -> Response:
    told = json.loads(response.body)
    told["cluster"]["endpoint"] = url
    told["cluster"]["certificateAuthority"] = {"data": base64.b64encode(ca_pem.encode()).decode()}
    return replace(response, body=json.dumps(told).encode())


def _server_side(ca: CertificateAuthority, folder: Path) -> ssl.SSLContext:
    certificate, key = ca.issue("kube-apiserver", ips=[LOOPBACK])
    pair = folder / "proxy.pem"
    pair.touch(mode=0o600)
    pair.write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context
