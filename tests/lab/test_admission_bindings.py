"""What the API server lets the registrar do to RBAC bindings, tried under the registrar's own token."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from registrar_identity import APPLY, JSON_PATCH, MERGE, STRATEGIC, Registrar, refused

from lab.local_eks import LocalEks

RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"
CLUSTER_WIDE = f"{RBAC}/clusterrolebindings"
MARK = {"app.kubernetes.io/managed-by": "eks-registrar"}

OURS = "only a binding named eks-registrar:ROLE"
ITS_ROLE = "refers to the ClusterRole of its name"
ITS_SUBJECT = "the one subject of a binding of the registrar is the group of its name"
A_RULE = "for a group that no rule of the configuration names"
NOTHING_ELSE = "has no owner, finalizer, or label but its mark"
RBAC_ITSELF = "is attempting to grant RBAC permissions not currently held"

Object = dict[str, Any]
Change = Callable[[Object], object]


def binding(role: str, namespace: str | None = None) -> Object:
    """The binding that the registrar makes for a ClusterRole, everywhere or in a namespace."""
    suffix = f"@{namespace}" if namespace else ""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": f"eks-registrar:{role}", "labels": dict(MARK)},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": f"eks-registrar:{role}{suffix}"}],
    }


def in_namespace(namespace: str) -> str:
    """The collection of RoleBindings."""
    return f"{RBAC}/namespaces/{namespace}/rolebindings"


@pytest.fixture(scope="module")
def registrar(local_eks: LocalEks) -> Registrar:
    """The registrar's own identity."""
    return Registrar.of(local_eks)


@pytest.fixture
def namespace(lab: LocalEks) -> str:
    """A namespace of the test's own."""
    name = f"payments-{uuid.uuid4().hex[:8]}"
    made = lab.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    assert made.status == 201, made.message
    return name


def test_ordinary_bindings_can_be_made_corrected_and_dropped(registrar: Registrar, namespace: str) -> None:
    """The rights are wide enough for the work."""
    for collection, wanted in (
        (CLUSTER_WIDE, binding("view")),
        (in_namespace(namespace), binding("view", namespace)),
        (in_namespace(namespace), binding("edit", namespace)),
        (in_namespace("kube-system"), binding("view", "kube-system")),
    ):
        path = f"{collection}/{wanted['metadata']['name']}"
        made = registrar.request("POST", collection, wanted)
        assert made.status == 201, made.message
        assert registrar.request("PUT", path, made.body).status == 200
        assert registrar.request("DELETE", path).status == 200


def test_a_binding_of_ours_with_a_wrong_subject_can_be_put_right(
    lab: LocalEks, registrar: Registrar, namespace: str
) -> None:
    """What somebody has bent is put back by an update."""
    bent = binding("edit", namespace) | {"subjects": [{"apiGroup": GROUP, "kind": "User", "name": "eve"}]}
    assert lab.api.request("POST", in_namespace(namespace), bent).status == 201
    path = f"{in_namespace(namespace)}/eks-registrar:edit"
    assert registrar.request("PUT", path, binding("edit", namespace)).status == 200


def test_a_binding_that_no_rule_names_any_more_can_be_dropped_but_not_made(lab: LocalEks, registrar: Registrar) -> None:
    """After a change of the rules the old bindings can go."""
    assert lab.api.request("POST", CLUSTER_WIDE, binding("admin")).status == 201
    assert registrar.request("DELETE", f"{CLUSTER_WIDE}/eks-registrar:admin").status == 200
    again = registrar.request("POST", CLUSTER_WIDE, binding("admin"))
    assert refused(again, A_RULE) or refused(again, RBAC_ITSELF)


def subject(**fields: str) -> Change:
    """Change the one subject."""
    return lambda made: made["subjects"][0].update(fields)


MADE_WRONG: dict[str, tuple[Change, str]] = {
    "everybody": (subject(name="system:unauthenticated"), ITS_SUBJECT),
    "the registrar itself": (subject(name="eks-registrar-controller"), ITS_SUBJECT),
    "the group of another grant": (subject(name="eks-registrar:view"), ITS_SUBJECT),
    "the group of another namespace": (subject(name="eks-registrar:edit@default"), ITS_SUBJECT),
    "a user of the group's name": (subject(kind="User"), ITS_SUBJECT),
    "a service account": (
        lambda made: made.update(subjects=[{"kind": "ServiceAccount", "name": "default", "namespace": "default"}]),
        ITS_SUBJECT,
    ),
    "one subject more": (
        lambda made: made["subjects"].append({"apiGroup": GROUP, "kind": "User", "name": "eve"}),
        ITS_SUBJECT,
    ),
    "the same subject twice": (lambda made: made["subjects"].append(made["subjects"][0]), ITS_SUBJECT),
    "no subject": (lambda made: made.update(subjects=[]), ITS_SUBJECT),
    "no mark": (lambda made: made["metadata"].update(labels={}), OURS),
    "the mark of the registrar's own objects": (
        lambda made: made["metadata"].update(labels={"app.kubernetes.io/managed-by": "eks-registrar-controller"}),
        OURS,
    ),
    "the mark of another installation": (
        lambda made: made["metadata"].update(labels={"app.kubernetes.io/managed-by": "other"}),
        OURS,
    ),
    "a foreign name": (lambda made: made["metadata"].update(name="edit"), OURS),
    "a name of another installation": (lambda made: made["metadata"].update(name="eks-registrar-2:edit"), OURS),
    "a generated name": (
        lambda made: made["metadata"].update(name="", generateName="eks-registrar:edit"),
        ITS_ROLE,
    ),
    "another role than its name says": (lambda made: made["roleRef"].update(name="view"), ITS_ROLE),
    "a label more": (lambda made: made["metadata"]["labels"].update(a="b"), NOTHING_ELSE),
    "an annotation": (lambda made: made["metadata"].update(annotations={"a": "b"}), NOTHING_ELSE),
    "a finalizer": (lambda made: made["metadata"].update(finalizers=["example.com/never"]), NOTHING_ELSE),
    "an owner that names nobody": (
        lambda made: made["metadata"].update(
            ownerReferences=[{"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": str(uuid.UUID(int=1))}]
        ),
        NOTHING_ELSE,
    ),
}


@pytest.mark.parametrize("attack", MADE_WRONG)
def test_a_binding_that_is_not_exactly_ours_cannot_be_made(registrar: Registrar, namespace: str, attack: str) -> None:
    """Neither by a POST nor by a server-side apply that is forced."""
    change, reason = MADE_WRONG[attack]
    wrong = binding("edit", namespace)
    change(wrong)
    answer = registrar.request("POST", in_namespace(namespace), wrong)
    assert refused(answer, reason), f"{answer.status}: {answer.message}"
    name = wrong["metadata"]["name"]
    if name:
        path = f"{in_namespace(namespace)}/{name}?fieldManager=x&force=true"
        answer = registrar.request("PATCH", path, wrong, APPLY)
        assert refused(answer, reason), f"{answer.status}: {answer.message}"


def test_a_role_of_the_namespace_is_no_cluster_role(lab: LocalEks, registrar: Registrar, namespace: str) -> None:
    """Whoever may write a Role called `edit` in a namespace must not have it bound in place of the ClusterRole."""
    own = {"metadata": {"name": "edit"}, "rules": []}
    assert lab.api.request("POST", f"{RBAC}/namespaces/{namespace}/roles", own).status == 201
    wrong = binding("edit", namespace)
    wrong["roleRef"]["kind"] = "Role"
    assert refused(registrar.request("POST", in_namespace(namespace), wrong), ITS_ROLE)


@pytest.mark.parametrize(
    ("role", "where"),
    [
        ("edit", None),
        ("edit", "kube-system"),
        ("edit", "kube-public"),
        ("edit", "kube-node-lease"),
        ("edit", "eks-registrar"),
    ],
)
def test_a_privileged_grant_that_no_rule_names_cannot_be_bound(
    lab: LocalEks, registrar: Registrar, role: str, where: str | None
) -> None:
    """RBAC would let it bind `edit` anywhere; the policy knows where the rules do."""
    answer = registrar.request("POST", in_namespace(where) if where else CLUSTER_WIDE, binding(role, where))
    assert refused(answer, A_RULE), f"{answer.status}: {answer.message}"


@pytest.mark.parametrize("role", ["cluster-admin", "admin", "system:node", "eks-registrar-controller"])
def test_a_role_that_no_rule_names_cannot_be_bound(registrar: Registrar, namespace: str, role: str) -> None:
    """RBAC itself refuses it, as the registrar has `bind` on no other role, and the policy does."""
    for collection, wanted in (
        (CLUSTER_WIDE, binding(role)),
        (in_namespace(namespace), binding(role, namespace)),
    ):
        answer = registrar.request("POST", collection, wanted)
        assert refused(answer, RBAC_ITSELF) or refused(answer, A_RULE), f"{answer.status}: {answer.message}"


@pytest.mark.parametrize(
    ("content_type", "change"),
    [
        (MERGE, {"subjects": [{"apiGroup": GROUP, "kind": "Group", "name": "system:authenticated"}]}),
        (STRATEGIC, {"subjects": [{"apiGroup": GROUP, "kind": "Group", "name": "system:authenticated"}]}),
        (JSON_PATCH, [{"op": "replace", "path": "/subjects/0/name", "value": "system:authenticated"}]),
        (JSON_PATCH, [{"op": "add", "path": "/metadata/labels/a", "value": "b"}]),
        (MERGE, {"metadata": {"labels": None}}),
        (MERGE, {"metadata": {"finalizers": ["example.com/never"]}}),
        (MERGE, {"metadata": {"annotations": {"a": "b"}}}),
    ],
    ids=["merge", "strategic", "json patch", "a label", "no mark", "a finalizer", "an annotation"],
)
def test_a_binding_of_ours_cannot_be_bent(
    registrar: Registrar, namespace: str, content_type: str, change: Object | list[Object]
) -> None:
    """By no type of patch."""
    assert registrar.request("POST", in_namespace(namespace), binding("edit", namespace)).status == 201
    answer = registrar.request("PATCH", f"{in_namespace(namespace)}/eks-registrar:edit", change, content_type)
    assert refused(answer, "denied request"), f"{answer.status}: {answer.message}"


@pytest.mark.parametrize("name", ["system:basic-user", "system:discovery", "cluster-admin", "eks-registrar-controller"])
def test_a_foreign_binding_can_be_neither_dropped_nor_taken_over(
    lab: LocalEks, registrar: Registrar, name: str
) -> None:
    """Its own among them: it carries another mark."""
    path = f"{CLUSTER_WIDE}/{name}"
    assert refused(registrar.request("DELETE", path), OURS)
    changes: list[Object] = [{"metadata": {"labels": MARK}}, {"subjects": []}]
    for change in changes:
        answer = registrar.request("PATCH", path, change, MERGE)
        assert refused(answer, OURS) or refused(answer, RBAC_ITSELF), f"{answer.status}: {answer.message}"
    assert lab.api.request("GET", path).status == 200


def test_bindings_cannot_be_dropped_all_at_once(registrar: Registrar, namespace: str) -> None:
    """The registrar has no right to delete a collection."""
    for collection in (CLUSTER_WIDE, in_namespace(namespace)):
        assert refused(registrar.request("DELETE", collection), "cannot deletecollection resource")
