"""aws-auth and the bridge, by the caller's own kubectl."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from registrar.errors import RegistrarError
from registrar.kubectl import Kubectl, KubectlConflict, Object
from registrar.migration.model import BRIDGE
from registrar.rights.rbac import AWS_AUTH, AWS_AUTH_NAMESPACE

_KIND = "clusterrolebinding"
_LOOKS, _PAUSE_SECONDS = 30, 1.0
_HTTPS = 443


class WrongCluster(RegistrarError):
    """The kubeconfig leads to another cluster than the one that was named; nothing was read or written."""


@dataclass(frozen=True)
class KubectlDoor:
    """One cluster under the caller's kubeconfig."""

    kubectl: Kubectl
    pause: Callable[[float], None] = time.sleep

    def require(self, tag: str, endpoint: str) -> None:
        """Raise ``WrongCluster`` unless the kubeconfig's server is EKS's endpoint of the cluster."""
        server = self.kubectl.server()
        if server is None or _place(server) != _place(endpoint):
            raise WrongCluster(
                f"{self.kubectl.where()} is not cluster {tag}, which EKS has at {endpoint}: the rows of one cluster "
                "would become the entries of another. Choose its --context; if it is a way to it that another address "
                "has (a tunnel, a proxy), say --trust-context"
            )

    def aws_auth(self) -> Object | None:
        """The ConfigMap, ``None`` where there is none. Raises ``KubectlFailed``."""
        return next(iter(self.kubectl.get(AWS_AUTH_NAMESPACE, [AWS_AUTH])), None)

    def write(self, seen: Object, data: Mapping[str, str]) -> None:
        """Give aws-auth other ``data``. Raises ``KubectlConflict`` if it is not the one that was seen any more."""
        try:
            self.kubectl.replace({**seen, "data": dict(data)})
        except KubectlConflict as error:
            raise KubectlConflict(
                f"aws-auth was changed by somebody else meanwhile; no row was taken out, run it again. ({error})"
            ) from error

    def bridged(self) -> bool:
        """Whether the bridge's binding stands. Raises ``KubectlFailed``."""
        return bool(self.kubectl.ask("get", _KIND, BRIDGE, "--ignore-not-found", "-o", "name").strip())

    def build_bridge(self) -> None:
        """Bind the bridge's group to cluster-admin, and return once the API server says yes by it.

        Raises ``KubectlFailed``, and ``RegistrarError`` if it does not say so within half a minute.
        """
        if not self.bridged():
            self.kubectl.create(_binding())
        for _ in range(_LOOKS):
            told = json.loads(self.kubectl.ask("create", "-f", "-", "-o", "json", sent=_REVIEW))
            if told.get("status", {}).get("allowed"):
                return
            self.pause(_PAUSE_SECONDS)
        raise RegistrarError(
            f"ClusterRoleBinding {BRIDGE} does not give cluster-admin: is there a ClusterRole of that name? No "
            "administrator was moved"
        )

    def remove_bridge(self) -> None:
        """Delete the bridge's binding. Raises ``KubectlFailed``."""
        self.kubectl.ask("delete", _KIND, BRIDGE, "--ignore-not-found")


_REVIEW: Object = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SubjectAccessReview",
    "spec": {
        "user": BRIDGE,
        "groups": [BRIDGE],
        "resourceAttributes": {"verb": "*", "group": "*", "resource": "*"},
    },
}


def _binding() -> Object:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": BRIDGE},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": BRIDGE}],
    }


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _HTTPS
