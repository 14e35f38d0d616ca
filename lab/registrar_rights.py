"""Gives the registrar its rights in the lab: exactly what ``eks-registrar manifests`` prints, and nothing more."""

import json
import subprocess
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from infra.access_entry_rights import AccessEntryRights
from lab.errors import LabError
from lab.kubernetes_api import Answer, KubernetesApi
from lab.process import LabProcessError
from lab.settings import ACCOUNT, CLUSTER, REGION, REGISTRAR_ROLE
from registrar import configuration
from registrar.errors import ConfigurationError
from registrar.manifests import manifests
from registrar.marks import controller_group
from registrar.policy import Policy

_IN_FORCE_S = 30.0
_POLL_S = 0.05
_AWS_AUTH_PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
_DENIED_BY_POLICY = "ValidatingAdmissionPolicy"

Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]


def load(configuration_text: str) -> Policy:
    """Read a registrar.yaml and make sure that it speaks of the lab's cluster.

    Raises:
        LabError: if it cannot be read or does not.

    """
    try:
        policy = configuration.parse(configuration_text)
        cluster = policy.cluster(CLUSTER)
    except (ConfigurationError, KeyError) as error:
        raise LabError(f"the lab cannot use this configuration: {error.args[0]}") from error
    if (cluster.name, cluster.account, cluster.region) != (CLUSTER, ACCOUNT, REGION):
        raise LabError(
            f"the lab cannot use this configuration: its cluster must be named {CLUSTER} and be in {REGION} of account"
            f" {ACCOUNT}"
        )
    return policy


def in_aws(policy: Policy) -> tuple[dict[str, Any], ...]:
    """The policy documents for access entries that the stack gives to the registrar's role."""
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/{REGISTRAR_ROLE}"
    return AccessEntryRights.of(policy, policy.clusters, partition="aws", role_arn=role_arn).documents()


def install(policy: Policy, api: KubernetesApi, kubectl: Kubectl) -> None:
    """Apply the manifests as the cluster's administrator and wait until the admission policies are in force.

    With ``kubernetes: none`` there are none: the registrar has no right whatever in the cluster.

    ``kubectl`` is called as ``kubectl(*arguments, stdin=text, check=False)``.

    Raises:
        LabProcessError: if the API server refuses the manifests, or a forbidden write of the registrar's is still let
            through after 30 seconds.

    """
    objects = manifests(policy, CLUSTER)
    if not objects:
        return
    listing = {"apiVersion": "v1", "kind": "List", "items": objects}
    applied = kubectl("apply", "--server-side", "--filename", "-", stdin=json.dumps(listing), check=False)
    if applied.returncode != 0:
        raise LabProcessError(f"the registrar's manifests could not be applied:\n{applied.stderr}")
    _wait_until_in_force(api, controller_group(policy.installation))


def _wait_until_in_force(api: KubernetesApi, group: str) -> None:
    deadline = time.monotonic() + _IN_FORCE_S
    waiting = {"bindings": _write_binding}
    # What is not there cannot be written to: a cluster of mode API.
    if api.request("GET", _AWS_AUTH_PATH).status == HTTPStatus.OK:
        waiting["aws-auth"] = _write_aws_auth
    while waiting:
        for name, forbidden_write in list(waiting.items()):
            answer = forbidden_write(api, group)
            if _DENIED_BY_POLICY in answer.message:
                del waiting[name]
            elif time.monotonic() > deadline:
                raise LabProcessError(
                    f"the admission policy on {name} is not in force after {_IN_FORCE_S:.0f} s: a forbidden write of"
                    f" {group} was answered with {answer.status} {answer.message}"
                )
        time.sleep(_POLL_S)


def _write_aws_auth(api: KubernetesApi, group: str) -> Answer:
    """What the registrar must never do to aws-auth (a dry run): drop every row of others."""
    return _as_registrar(api, group, "PATCH", _AWS_AUTH_PATH, {"data": {"mapRoles": "[]"}})


def _write_binding(api: KubernetesApi, group: str) -> Answer:
    """What the registrar must never do with bindings (a dry run): grant something to everybody."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "lab-probe"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}],
    }
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    return _as_registrar(api, group, "POST", path, binding)


def _as_registrar(api: KubernetesApi, group: str, method: str, path: str, body: dict[str, Any]) -> Answer:
    content_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
    identity = {"Impersonate-User": f"{group}:lab-probe", "Impersonate-Group": group}
    return api.request(method, f"{path}?dryRun=All", body, content_type, identity)
