"""What else the registrar's token is good for in a cluster: nothing."""

import base64
import uuid
from typing import Any

import pytest
from registrar_identity import (
    APPLY,
    AWS_AUTH,
    FOREIGN,
    JSON_PATCH,
    MERGE,
    STRATEGIC,
    Registrar,
    given_map_roles,
    line,
    map_roles_of,
    refused,
)

from lab.local_eks import LocalEks

OWN = "/api/v1/namespaces/eks-registrar"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
NOBODY = {"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": str(uuid.UUID(int=1))}
ONLY_MAP_ROLES = "of the data of aws-auth only mapRoles is the registrar's"
ONLY_DATA = "only the data is the registrar's"

METADATA: dict[str, dict[str, Any]] = {
    "a label": {"metadata": {"labels": {"a": "b"}}},
    "an annotation": {"metadata": {"annotations": {"a": "b"}}},
    "a finalizer": {"metadata": {"finalizers": ["example.com/never"]}},
    "an owner that names nobody": {"metadata": {"ownerReferences": [NOBODY]}},
    "immutable": {"immutable": True},
}
DATA: dict[str, dict[str, Any]] = {
    "mapUsers": {"data": {"mapUsers": "- userarn: arn:aws:iam::123456789012:user/eve\n  groups: [system:masters]\n"}},
    "mapUsers gone": {"data": {"mapUsers": None}},
    "mapAccounts": {"data": {"mapAccounts": '- "666666666666"\n'}},
    "a key more": {"data": {"more": "x"}},
    "a key but for its case": {"data": {"maproles": "[]"}},
    "binary data": {"binaryData": {"more": base64.b64encode(b"x").decode()}},
}
# An apply has no way to say that a key is to go.
PATCHES = [
    (change, content_type)
    for content_type in (MERGE, STRATEGIC, APPLY)
    for change in (*METADATA, *DATA)
    if (change, content_type) != ("mapUsers gone", APPLY)
]


@pytest.fixture(scope="module")
def registrar(local_eks: LocalEks) -> Registrar:
    """The registrar's own identity."""
    return Registrar.of(local_eks)


@pytest.mark.parametrize(("change", "content_type"), PATCHES)
def test_of_aws_auth_only_map_roles_can_change(
    lab: LocalEks, registrar: Registrar, change: str, content_type: str
) -> None:
    """By no type of patch, server-side apply with force among them."""
    body = METADATA.get(change) or DATA[change]
    path = AWS_AUTH
    if content_type == APPLY:
        path += "?fieldManager=x&force=true"
        body = {"apiVersion": "v1", "kind": "ConfigMap"} | body
    answer = registrar.request("PATCH", path, body, content_type)
    assert refused(answer, ONLY_DATA if change in METADATA else ONLY_MAP_ROLES), f"{answer.status}: {answer.message}"


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ([{"op": "remove", "path": "/data/mapRoles"}], ONLY_MAP_ROLES),
        ([{"op": "remove", "path": "/data"}], ONLY_MAP_ROLES),
        ([{"op": "move", "from": "/data/mapUsers", "path": "/data/mapRoles"}], ONLY_MAP_ROLES),
        ([{"op": "replace", "path": "/data/mapRoles", "value": "[]"}], "foreign text of mapRoles would differ"),
        ([{"op": "add", "path": "/metadata/ownerReferences", "value": [NOBODY]}], ONLY_DATA),
    ],
    ids=["the key", "all keys", "a move", "its rows", "an owner"],
)
def test_a_json_patch_of_aws_auth_is_judged_by_its_result(
    lab: LocalEks, registrar: Registrar, patch: list[dict[str, Any]], reason: str
) -> None:
    """Operations on single places are no way around."""
    answer = registrar.request("PATCH", AWS_AUTH, patch, JSON_PATCH)
    assert refused(answer, reason), f"{answer.status}: {answer.message}"


def test_aws_auth_cannot_be_replaced_by_another_object(lab: LocalEks, registrar: Registrar) -> None:
    """A PUT is judged like every other update."""
    given_map_roles(lab, FOREIGN)
    bare = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": line("dev") + FOREIGN},
    }
    assert refused(registrar.request("PUT", AWS_AUTH, bare), ONLY_MAP_ROLES)
    assert map_roles_of(lab) == FOREIGN


def test_aws_auth_can_be_neither_deleted_nor_made(lab: LocalEks, registrar: Registrar) -> None:
    """Not even where there is none: that is a person's to do."""
    assert refused(registrar.request("DELETE", AWS_AUTH), "cannot delete resource")
    elsewhere = {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": line("dev")}}
    for place in ("kube-system", "eks-registrar", "default"):
        answer = registrar.request("POST", f"/api/v1/namespaces/{place}/configmaps", elsewhere)
        assert refused(answer, "cannot create resource")


def test_the_history_can_be_written_and_nothing_else_of_it(registrar: Registrar) -> None:
    """Its data is the registrar's; a lock or an owner on it is not."""
    path = f"{OWN}/configmaps/history-0"
    assert registrar.request("PATCH", path, {"data": {"mapRoles": FOREIGN}}, MERGE).status == 200
    for body in METADATA.values():
        answer = registrar.request("PATCH", path, body, MERGE)
        assert refused(answer, ONLY_DATA), f"{answer.status}: {answer.message}"
    assert refused(registrar.request("DELETE", path), "cannot delete resource")


FORBIDDEN = [
    ("GET", "/api/v1/secrets"),
    ("GET", "/api/v1/pods"),
    ("GET", "/api/v1/nodes"),
    ("GET", "/api/v1/namespaces"),
    ("GET", "/api/v1/namespaces/kube-system/configmaps"),
    ("GET", "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"),
    ("GET", f"{OWN}/configmaps"),
    ("GET", f"{OWN}/configmaps/history-10"),
    ("GET", "/api/v1/namespaces/default/configmaps/history-0"),
    ("POST", f"{OWN}/configmaps"),
    ("POST", f"{OWN}/pods"),
    ("POST", f"{OWN}/serviceaccounts"),
    ("POST", "/api/v1/namespaces/kube-system/serviceaccounts/default/token"),
    ("POST", "/api/v1/namespaces"),
    ("DELETE", OWN),
    ("PATCH", OWN),
    ("GET", f"{RBAC}/clusterroles"),
    ("POST", f"{RBAC}/clusterroles"),
    ("PATCH", f"{RBAC}/clusterroles/eks-registrar-controller"),
    ("PATCH", f"{RBAC}/clusterroles/view"),
    ("DELETE", f"{RBAC}/clusterroles/edit"),
    ("PATCH", f"{RBAC}/namespaces/kube-system/roles/eks-registrar-controller"),
    ("POST", f"{RBAC}/namespaces/eks-registrar/roles"),
    ("GET", f"{ADMISSION}/validatingadmissionpolicies"),
    ("PATCH", f"{ADMISSION}/validatingadmissionpolicies/eks-registrar-aws-auth"),
    ("DELETE", f"{ADMISSION}/validatingadmissionpolicies/eks-registrar-aws-auth"),
    ("DELETE", f"{ADMISSION}/validatingadmissionpolicybindings/eks-registrar-bindings"),
    ("POST", f"{ADMISSION}/validatingwebhookconfigurations"),
    ("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests"),
    ("PATCH", f"{AWS_AUTH}/status"),
]


@pytest.mark.parametrize(("method", "path"), FORBIDDEN, ids=[f"{method} {path}" for method, path in FORBIDDEN])
def test_everything_else_is_forbidden(lab: LocalEks, registrar: Registrar, method: str, path: str) -> None:
    """RBAC knows no more than the manifests say: not the rights themselves, nor what holds them in bounds."""
    body = {"metadata": {"name": "x"}} if method in {"POST", "PATCH"} else None
    answer = registrar.request(method, path, body, MERGE if method == "PATCH" else "application/json")
    assert answer.status == 403, f"{answer.status}: {answer.message}"
    assert "is forbidden" in answer.message


@pytest.mark.parametrize("identity", [{"Impersonate-User": "lab:admin"}, {"Impersonate-Group": "system:masters"}])
def test_it_can_be_nobody_else(lab: LocalEks, registrar: Registrar, identity: dict[str, str]) -> None:
    """The policies know it by its group, so it must not be able to leave that group."""
    headers = {"Impersonate-User": "eks-registrar-controller:x"} | identity
    answer = registrar.request("GET", AWS_AUTH, headers=headers)
    assert refused(answer, "cannot impersonate resource"), f"{answer.status}: {answer.message}"


def test_its_groups_are_those_that_the_policies_look_for(lab: LocalEks, registrar: Registrar) -> None:
    """The token of the function carries the group that the policies are bound to, and no other right."""
    assert set(registrar.groups()) == {"eks-registrar-controller", "system:authenticated"}
