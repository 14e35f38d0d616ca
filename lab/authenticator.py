"""aws-iam-authenticator, the API server's token webhook, reading aws-auth from the cluster as EKS does."""

import contextlib
import errno
import http.client
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from lab import kubeconfig
from lab.control_plane import Certificate, ControlPlane
from lab.ports import LOOPBACK, free_port
from lab.process import Process, ProcessGroup
from lab.settings import CLUSTER

_HEALTH_PORT = 21363
_START_S = 30.0
# pkg/mapper/configmap/configmap.go logs it for each change that it has read.
_HAS_READ_AWS_AUTH = "Received aws-auth watch event"


@dataclass(frozen=True)
class Authenticator:
    """A webhook whose port and certificate are chosen, since the API server needs them before the webhook can start."""

    control_plane: ControlPlane
    port: int
    state: Path
    webhook_kubeconfig: Path

    @classmethod
    def prepare(cls, control_plane: ControlPlane) -> "Authenticator":
        """Choose the port and write the certificate and the kubeconfig with which the API server calls it."""
        folder, port = control_plane.folder, free_port()
        # The server takes cert.pem and key.pem of its state folder instead of making its own.
        state = folder.fresh("authenticator")
        served = Certificate.for_server(folder, control_plane.ca, "aws-iam-authenticator")
        folder.write_secret(state / "cert.pem", served.certificate.read_text())
        folder.write_secret(state / "key.pem", served.key.read_text())
        webhook = kubeconfig.Cluster(
            "aws-iam-authenticator", f"https://{LOOPBACK}:{port}/authenticate", control_plane.ca.bundle_path
        )
        path = folder.write_secret(folder.kubeconfigs / "webhook.yaml", kubeconfig.of_webhook(webhook))
        return cls(control_plane, port, state, path)

    def start(self, processes: ProcessGroup, sts_proxy_url: str) -> Process:
        """Start the server; returns without waiting. aws-auth may be made before or after.

        It asks STS through ``sts_proxy_url``, whose certificate for ``sts.*.amazonaws.com`` is the lab's. The API
        server must be ready: a first watch that fails is tried again after five seconds only.
        """
        folder = self.control_plane.folder
        argv = {
            "cluster-id": CLUSTER,
            "state-dir": self.state,
            "address": LOOPBACK,
            "port": self.port,
            "kubeconfig": self.control_plane.kubeconfig_of("lab:aws-iam-authenticator"),
            "kubeconfig-pregenerated": "true",
            "backend-mode": "EKSConfigMap",
        }
        environment = {
            "PATH": os.defpath,
            "HOME": str(folder.root),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1",
            "HTTPS_PROXY": sts_proxy_url,
            "SSL_CERT_FILE": str(self.control_plane.ca.bundle_path),
        }
        program = str(self.control_plane.binaries["aws-iam-authenticator"])
        flags = [f"--{flag}={value}" for flag, value in argv.items()]
        return processes.start("aws-iam-authenticator", [program, "server", *flags], environment, self._log)

    def wait_ready(self, processes: ProcessGroup, process: Process) -> None:
        """Wait until it serves and has read aws-auth, which must have been made."""
        processes.wait_ready(process, lambda: self._serves() and self._has_read_aws_auth(), _START_S)

    @property
    def _log(self) -> Path:
        return self.control_plane.folder.logs / "aws-iam-authenticator.log"

    def _serves(self) -> bool:
        context = ssl.create_default_context(cadata=self.control_plane.ca.cert_pem)
        connection = http.client.HTTPSConnection(LOOPBACK, self.port, timeout=2, context=context)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _has_read_aws_auth(self) -> bool:
        return _HAS_READ_AWS_AUTH in self._log.read_text(errors="replace")


def hold_health_port() -> socket.socket | None:
    """Take the authenticator's fixed health port on loopback, so that it cannot open it on all interfaces.

    It has no setting for that port (its ``HealthPort`` is read from nowhere); unable to open it, it logs that and goes
    on. Several labs hold the port side by side. None is returned where another program has it: that serves as well.
    The caller keeps the socket as long as the lab lives.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with contextlib.ExitStack() as undo:
        undo.callback(holder.close)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            holder.bind((LOOPBACK, _HEALTH_PORT))
            holder.listen(1)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return None
        undo.pop_all()
    return holder
