"""The API server's authorization webhook: its port, certificate and kubeconfig, chosen before anything is started.

The AWS side serves it, as it knows the access entries (:mod:`lab.aws.eks.authorizer`).
"""

from dataclasses import dataclass
from pathlib import Path

from lab import kubeconfig
from lab.aws.facts import AuthorizerFacts
from lab.control_plane import Certificate, ControlPlane
from lab.ports import LOOPBACK, free_port


@dataclass(frozen=True)
class AuthorizationWebhook:
    """What the AWS side needs to serve it, and the API server to call it."""

    facts: AuthorizerFacts
    kubeconfig: Path

    @classmethod
    def prepare(cls, control_plane: ControlPlane) -> "AuthorizationWebhook":
        """Choose the port; write certificate and kubeconfig."""
        folder, port = control_plane.folder, free_port()
        served = Certificate.for_server(folder, control_plane.ca, "eks-access-policies")
        endpoint = f"https://{LOOPBACK}:{port}/authorize"
        text = kubeconfig.of_webhook(kubeconfig.Cluster("eks-access-policies", endpoint, control_plane.ca.bundle_path))
        path = folder.write_secret(folder.kubeconfigs / "authorizer.yaml", text)
        return cls(AuthorizerFacts(port, str(served.certificate), str(served.key)), path)
