"""What a cluster of EKS has on its first day, before anybody uses it."""

import time
import urllib.parse

import yaml

from lab.kubernetes_api import Answer, KubernetesApi
from lab.process import LabProcessError
from lab.settings import AWS_AUTH

_AGGREGATED_ROLES = ("view", "edit", "admin")
_AWS_AUTH_PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_FILLED_S = 30.0
_POLL_S = 0.02


def create_kube_system(api: KubernetesApi) -> None:
    """Create the namespace if it is not there yet: /readyz does not wait for it.

    Raises:
        LabProcessError: if the API server refuses it.

    """
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}
    _expect(api.request("POST", "/api/v1/namespaces", namespace), 201, 409)


def create_aws_auth(api: KubernetesApi) -> None:
    """Create aws-auth with the foreign rows of ``lab/aws-auth.yaml``.

    Raises:
        LabProcessError: if the API server refuses it.

    """
    _expect(api.request("POST", _AWS_AUTH_PATH.rpartition("/")[0], aws_auth()), 201)


def reset(api: KubernetesApi, managed_by: str, *, with_aws_auth: bool) -> None:
    """Put aws-auth back to the first day and delete the bindings that carry the label of ``managed_by``.

    Without ``with_aws_auth`` none is left, as in a cluster that never had one.

    Namespaces stay: they take seconds to go. Let each test make one of its own.

    Raises:
        LabProcessError: if the API server refuses a step.

    """
    _expect(api.request("DELETE", _AWS_AUTH_PATH), 200, 404)
    if with_aws_auth:
        create_aws_auth(api)
    selector = urllib.parse.urlencode({"labelSelector": f"app.kubernetes.io/managed-by={managed_by}"})
    _expect(api.request("DELETE", f"{_RBAC}/clusterrolebindings?{selector}"), 200)
    for binding in api.request("GET", f"{_RBAC}/rolebindings?{selector}").body["items"]:
        place = binding["metadata"]
        path = f"{_RBAC}/namespaces/{place['namespace']}/rolebindings/{place['name']}"
        _expect(api.request("DELETE", path), 200, 404)


def aws_auth() -> dict[str, object]:
    """The ConfigMap as it stands on the first day."""
    loaded: dict[str, object] = yaml.safe_load(AWS_AUTH.read_text())
    return loaded


def wait_for_cluster_roles(api: KubernetesApi) -> None:
    """Wait until kube-controller-manager has filled ``view``, ``edit`` and ``admin``, which are empty without it.

    Raises:
        LabProcessError: if one of them is still empty after 30 seconds.

    """
    deadline = time.monotonic() + _FILLED_S
    for name in _AGGREGATED_ROLES:
        path = f"{_RBAC}/clusterroles/{name}"
        while not api.request("GET", path).body.get("rules"):
            if time.monotonic() > deadline:
                raise LabProcessError(
                    f"ClusterRole {name} is still empty after {_FILLED_S:.0f} s: kube-controller-manager does not work,"
                    " its log is in the lab's folder"
                )
            time.sleep(_POLL_S)


def _expect(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise LabProcessError(f"the API server answered {answer.status}: {answer.message}")
