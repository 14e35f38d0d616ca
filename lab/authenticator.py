"""aws-iam-authenticator, the API server's token webhook, with the backends of the cluster's authentication mode."""

import contextlib
import errno
import http.client
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab import kubeconfig
from lab.control_plane import Certificate, ControlPlane
from lab.ports import LOOPBACK, free_port
from lab.process import Process, ProcessGroup
from lab.settings import API, CLUSTER, CONFIG_MAP

_HEALTH_PORT = 21363
_START_S = 30.0
# It outlives a SIGTERM by more than ten seconds.
_GRACE_S = 0.1
_ACCESS_ENTRIES = "DynamicFile"
_AWS_AUTH = "EKSConfigMap"
# In this order: an access entry wins over a row of aws-auth (EKS user guide, "Set Cluster Authentication Mode").
_BACKENDS = {
    CONFIG_MAP: (_AWS_AUTH,),
    "API_AND_CONFIG_MAP": (_ACCESS_ENTRIES, _AWS_AUTH),
    API: (_ACCESS_ENTRIES,),
}
# What it logs once it has read (pkg/fileutil/util.go, pkg/mapper/configmap/configmap.go).
_HAS_READ = {_ACCESS_ENTRIES: "LoadDynamicFile: ", _AWS_AUTH: "Received aws-auth watch event"}


@dataclass(frozen=True)
class Authenticator:
    """A webhook whose port and certificate are chosen, since the API server needs them before the webhook can start."""

    control_plane: ControlPlane
    port: int
    state: Path
    webhook_kubeconfig: Path

    @property
    def dynamic_file(self) -> Path:
        """What it reads access entries from, strictly by the id of a role or user, as EKS does."""
        return self.state / "access-entries.json"

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

    def start(self, processes: ProcessGroup, sts_proxy_url: str, mode: str) -> Process:
        """Start the server for an authentication mode; returns without waiting. aws-auth may be made before or after.

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
            "backend-mode": ",".join(_BACKENDS[mode]),
        }
        if _ACCESS_ENTRIES in _BACKENDS[mode]:
            argv["config"] = self._config()
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

    def wait_ready(self, processes: ProcessGroup, process: Process, mode: str, log_from: int) -> None:
        """Wait until it serves and has read what its mode reads, which must have been made.

        ``log_from`` is where its log begins, in bytes: an earlier one wrote what stands before.
        """
        said = [_HAS_READ[backend] for backend in _BACKENDS[mode]]
        processes.wait_ready(process, lambda: self._serves() and self._has_said(said, log_from), _START_S)

    def log_size(self) -> int:
        """How much there is of its log, in bytes."""
        return self._log.stat().st_size if self._log.exists() else 0

    def _config(self) -> Path:
        """The settings of its backend ``DynamicFile`` have no flags."""
        server = {"dynamicfilepath": str(self.dynamic_file), "dynamicfileUserIDStrict": True}
        return self.control_plane.folder.write_secret(self.state / "config.yaml", yaml.safe_dump({"server": server}))

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

    def _has_said(self, texts: Sequence[str], log_from: int) -> bool:
        said = self._log.read_bytes()[log_from:].decode(errors="replace")
        return all(text in said for text in texts)


@dataclass
class RunningAuthenticator:
    """A webhook that runs, in the mode that it follows."""

    webhook: Authenticator
    processes: ProcessGroup
    sts_proxy_url: str
    mode: str
    _process: Process
    _log_from: int

    @classmethod
    def start(
        cls, webhook: Authenticator, processes: ProcessGroup, sts_proxy_url: str, mode: str
    ) -> "RunningAuthenticator":
        """Start it; returns without waiting (:meth:`Authenticator.start`)."""
        log_from = webhook.log_size()
        return cls(webhook, processes, sts_proxy_url, mode, webhook.start(processes, sts_proxy_url, mode), log_from)

    def wait_ready(self) -> None:
        """Wait until it serves and has read what its mode reads.

        Raises:
            LabProcessError: if it does not come up.

        """
        self.webhook.wait_ready(self.processes, self._process, self.mode, self._log_from)

    def follow(self, mode: str) -> None:
        """End it and start it for another mode; returns when it is ready. Raises as :meth:`wait_ready` does."""
        self.processes.stop(self._process, _GRACE_S)
        self._log_from = self.webhook.log_size()
        self._process = self.webhook.start(self.processes, self.sts_proxy_url, mode)
        self.webhook.wait_ready(self.processes, self._process, mode, self._log_from)
        self.mode = mode


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
