"""etcd, kube-apiserver and kube-controller-manager, as EKS runs them, on loopback."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab import kubeconfig
from lab.containers import HOST_NAME
from lab.kubernetes_api import KubernetesApi
from lab.pki import CertificateAuthority, key_pair
from lab.ports import LOOPBACK, free_port
from lab.process import Process, ProcessGroup
from lab.settings import CLUSTER, LabFolder

# EKS's own range where a cluster's VPC is in 10/8; nothing in the lab ever uses an address of it.
_SERVICE_RANGE = "10.100.0.0/16"
# `view`, `edit`, `admin` are empty until the first has aggregated them; without the second a deleted namespace stays;
# the third deletes what an ownerReference to nobody names, as on a real cluster.
_CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
)
_START_S = 60.0


@dataclass(frozen=True)
class Certificate:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path

    @classmethod
    def issue(cls, folder: LabFolder, ca: CertificateAuthority, user: str, group: str) -> "Certificate":
        """For a client: the user and one group of it."""
        return cls._write(folder, user, ca.issue(user, organizations=[group]))

    @classmethod
    def for_server(cls, folder: LabFolder, ca: CertificateAuthority, name: str) -> "Certificate":
        """For a server on 127.0.0.1; containers know it as their host."""
        return cls._write(folder, name, ca.issue(name, dns=["localhost", HOST_NAME], ips=[LOOPBACK]))

    @classmethod
    def _write(cls, folder: LabFolder, name: str, pair: tuple[str, str]) -> "Certificate":
        stem = name.replace(":", "-")
        return cls(
            folder.write_secret(folder.secrets / f"{stem}.crt", pair[0]),
            folder.write_secret(folder.secrets / f"{stem}.key", pair[1]),
        )


@dataclass(frozen=True)
class ControlPlane:
    """A control plane whose ports and certificates are chosen; :meth:`start` starts it.

    The choice comes first because the AWS side and the authenticator's kubeconfigs need it.
    """

    folder: LabFolder
    ca: CertificateAuthority
    binaries: Mapping[str, Path]
    port: int
    etcd_port: int
    admin: Certificate

    @classmethod
    def prepare(cls, folder: LabFolder, ca: CertificateAuthority, binaries: Mapping[str, Path]) -> "ControlPlane":
        """Choose free ports and issue the administrator's certificate."""
        admin = Certificate.issue(folder, ca, "lab:admin", "system:masters")
        return cls(folder, ca, binaries, free_port(), free_port(), admin)

    @property
    def endpoint(self) -> str:
        """The API server's URL, as ``DescribeCluster`` gives it."""
        return f"https://{LOOPBACK}:{self.port}"

    @property
    def cluster(self) -> kubeconfig.Cluster:
        """What a kubeconfig needs to know."""
        return kubeconfig.Cluster(CLUSTER, self.endpoint, self.ca.bundle_path)

    def api(self) -> KubernetesApi:
        """A client of its own for an administrator."""
        return KubernetesApi(self.endpoint, self.ca.cert_pem, (self.admin.certificate, self.admin.key))

    def kubeconfig_of(self, user: str, certificate: Certificate | None = None) -> Path:
        """Write the kubeconfig of a client with a certificate (default: a new one, in ``system:masters``)."""
        certificate = certificate or Certificate.issue(self.folder, self.ca, user, "system:masters")
        text = kubeconfig.of_certificate(self.cluster, user, certificate.certificate, certificate.key)
        path = self.folder.kubeconfigs / f"{user.replace(':', '-')}.yaml"
        return self.folder.write_secret(path, text)

    def start(self, processes: ProcessGroup, webhook_kubeconfig: Path, authorizer_kubeconfig: Path) -> Process:
        """Start etcd and kube-apiserver and return when ``/readyz`` says so.

        Raises:
            LabProcessError: with the end of the log of the part that failed.

        """
        self._run(processes, "etcd", self._etcd_flags())
        # No wait for etcd: the API server tries again every few milliseconds.
        server = self._run(
            processes, "kube-apiserver", self._api_server_flags(webhook_kubeconfig, authorizer_kubeconfig)
        )
        processes.wait_ready(server, self.api().is_ready, _START_S)
        return server

    def start_controller_manager(self, processes: ProcessGroup) -> Process:
        """Start kube-controller-manager; its work is seen in the cluster, there is no port to ask."""
        path = self.kubeconfig_of("system:kube-controller-manager")
        flags = {
            "kubeconfig": path,
            "controllers": ",".join(_CONTROLLERS),
            "leader-elect": "false",
            "secure-port": 0,
            "kube-api-qps": 200,
            "kube-api-burst": 400,
        }
        return self._run(processes, "kube-controller-manager", flags)

    def _run(self, processes: ProcessGroup, name: str, flags: Mapping[str, object]) -> Process:
        argv = [str(self.binaries[name]), *(f"--{flag}={value}" for flag, value in flags.items())]
        return processes.start(name, argv, _bare_environment(self.folder), self.folder.logs / f"{name}.log")

    def _etcd_flags(self) -> dict[str, object]:
        client, peer = f"http://{LOOPBACK}:{self.etcd_port}", f"http://{LOOPBACK}:{free_port()}"
        return {
            "name": "lab",
            "data-dir": self.folder.fresh("etcd"),
            "unsafe-no-fsync": "true",
            "log-level": "warn",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"lab={peer}",
        }

    def _api_server_flags(self, webhook_kubeconfig: Path, authorizer_kubeconfig: Path) -> dict[str, object]:
        serving = Certificate.for_server(self.folder, self.ca, "kube-apiserver")
        private, public = key_pair()
        signing_key = self.folder.write_secret(self.folder.secrets / "service-accounts.key", private)
        public_key = self.folder.write_secret(self.folder.secrets / "service-accounts.pub", public)
        return {
            "etcd-servers": f"http://{LOOPBACK}:{self.etcd_port}",
            "bind-address": LOOPBACK,
            "advertise-address": LOOPBACK,
            "secure-port": self.port,
            # A loopback address may not be published as an endpoint.
            "endpoint-reconciler-type": "none",
            "service-cluster-ip-range": _SERVICE_RANGE,
            "tls-cert-file": serving.certificate,
            "tls-private-key-file": serving.key,
            "client-ca-file": self.ca.bundle_path,
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-signing-key-file": signing_key,
            "service-account-key-file": public_key,
            # What RBAC does not allow is asked of the webhook that stands for EKS's access policies.
            "authorization-mode": "RBAC,Webhook",
            "authorization-webhook-config-file": authorizer_kubeconfig,
            "authorization-webhook-version": "v1",
            "authorization-webhook-cache-authorized-ttl": "0s",
            "authorization-webhook-cache-unauthorized-ttl": "0s",
            "enable-admission-plugins": "NodeRestriction",
            "authentication-config": self._authentication_config(),
            "authentication-token-webhook-config-file": webhook_kubeconfig,
            # aws-iam-authenticator answers in v1beta1 (its pkg/server/server.go).
            "authentication-token-webhook-version": "v1beta1",
            "authentication-token-webhook-cache-ttl": "0s",
            "audit-policy-file": self._audit_policy(),
            "audit-log-path": self.folder.audit_log,
            "profiling": "false",
        }

    def _authentication_config(self) -> Path:
        """Anonymous requests as on EKS from 1.32 on: the health endpoints alone (EKS user guide, "Kubernetes 1.32")."""
        paths = ("/healthz", "/livez", "/readyz")
        config = {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthenticationConfiguration",
            "anonymous": {"enabled": True, "conditions": [{"path": path} for path in paths]},
        }
        return self.folder.write_secret(self.folder.root / "authentication.yaml", yaml.safe_dump(config))

    def _audit_policy(self) -> Path:
        policy = {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [{"level": "Metadata"}],
        }
        return self.folder.write_secret(self.folder.root / "audit-policy.yaml", yaml.safe_dump(policy))


def _bare_environment(folder: LabFolder) -> dict[str, str]:
    """No proxy, no cloud credentials, no kubeconfig of the caller's."""
    return {"PATH": os.defpath, "HOME": str(folder.root), "TMPDIR": tempfile.gettempdir()}
