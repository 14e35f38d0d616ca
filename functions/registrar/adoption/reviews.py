"""What a cluster's API server says about rights: its RBAC objects, and SubjectAccessReviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from registrar.adoption.grants import AUTHENTICATED
from registrar.adoption.probes import Probe
from registrar.adoption.proxy import CONNECTIONS
from registrar.adoption.rbac import Rbac, rbac_of
from registrar.eks.client import Kubernetes
from registrar.errors import Unreachable
from registrar.sinks.rbac import RBAC

_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_COLLECTIONS = {
    "ClusterRole": f"{RBAC}/clusterroles",
    "Role": f"{RBAC}/roles",
    "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
    "RoleBinding": f"{RBAC}/rolebindings",
}


@dataclass(frozen=True)
class Subject:
    """Whom a question is about. ``extra`` is what the authenticator says of a session beside its name and groups."""

    user: str
    groups: tuple[str, ...]
    extra: tuple[tuple[str, str], ...] = ()


def read_rbac(kubernetes: Kubernetes) -> Rbac:
    """All roles and bindings of a cluster. Raises what ``Kubernetes.request`` raises."""
    return rbac_of(_objects(kubernetes))


def _objects(kubernetes: Kubernetes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind, path in _COLLECTIONS.items():
        for found in kubernetes.list_all(path, ""):
            yield kind, found


def ask(kubernetes: Kubernetes, subject: Subject, probes: Sequence[Probe]) -> dict[Probe, bool]:
    """Whether the subject may do each of these, by everything that decides in the cluster.

    Needs ``create`` on ``subjectaccessreviews``. Raises what ``Kubernetes.request`` raises.
    """
    with ThreadPoolExecutor(CONNECTIONS) as several:
        answers = several.map(lambda probe: _ask(kubernetes, subject, probe), probes)
        return dict(zip(probes, answers, strict=True))


def _ask(kubernetes: Kubernetes, subject: Subject, probe: Probe) -> bool:
    spec = {
        "user": subject.user,
        "groups": [*subject.groups, AUTHENTICATED],
        "extra": {key: [value] for key, value in subject.extra},
        **probe.attributes,
    }
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    status = kubernetes.request("POST", _REVIEWS, review).get("status")
    if not isinstance(status, dict) or not isinstance(status.get("allowed"), bool):
        raise Unreachable(f"cluster {kubernetes.cluster}: a SubjectAccessReview was answered without a word")
    return bool(status["allowed"])
