"""Are the manifests applied, are they of this version and these rules, and do the admission policies really refuse?"""

from __future__ import annotations

from collections.abc import Sequence

from registrar.doctor.api import Answer, ApiServer
from registrar.doctor.finding import Finding, broken, doubt, well
from registrar.errors import Unreachable
from registrar.manifests import Manifest, hash_annotation
from registrar.sinks.aws_auth import PATH as AWS_AUTH
from registrar.sinks.rbac import RBAC

_POLICY = "ValidatingAdmissionPolicy"
_CURRENT, _STALE, _MISSING, _UNREAD = "current", "stale", "missing", "unread"
_COLLECTIONS = {
    "ClusterRole": f"{RBAC}/clusterroles",
    "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Namespace": "/api/v1/namespaces",
    "Role": f"{RBAC}/namespaces/{{namespace}}/roles",
    "RoleBinding": f"{RBAC}/namespaces/{{namespace}}/rolebindings",
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
}


def applied(server: ApiServer, objects: Sequence[Manifest], installation: str) -> Finding:
    """Each object is there with the hash of this version and this configuration.

    What the identity may not read (the registrar reads neither Roles nor admission policies) is counted and left to the
    other checks: rights are asked for one by one, policies are tried.
    """
    where, what = f"cluster {server.cluster}", "manifests"
    states = {f"{item['kind']} {item['metadata']['name']}": _state(server, item, installation) for item in objects}
    remedy = f"as an admin: eks-registrar manifests --cluster {server.cluster} | kubectl apply -f -"
    for state, told in ((_MISSING, "not applied"), (_STALE, "of another version or of other rules")):
        if names := [name for name, found in states.items() if found == state]:
            return broken(
                where, what, f"{told}: {names[0]}" + (f" and {len(names) - 1} more" * (len(names) > 1)), remedy
            )
    current = sum(found == _CURRENT for found in states.values())
    if not current:
        return doubt(where, what, "this identity may read none of them", remedy)
    return well(where, what, f"{current} of {len(states)} could be read, all of them current")


def _state(server: ApiServer, item: Manifest, installation: str) -> str:
    answer = server.ask("GET", _path(item))
    if answer.status == 200:
        key = hash_annotation(installation)
        found = (answer.body["metadata"].get("annotations") or {}).get(key)
        return _CURRENT if found == item["metadata"]["annotations"][key] else _STALE
    if answer.status in (403, 404):
        return _MISSING if answer.status == 404 else _UNREAD
    raise Unreachable(f"GET {_path(item)}: {answer.status} {answer.message}")


def in_force(server: ApiServer, installation: str, cluster_roles: Sequence[str]) -> tuple[Finding, ...]:
    """Forbidden writes, as dry runs, under the registrar's group.

    Each would do no harm, should anything on the way drop ``dryRun``: a label of no meaning on aws-auth, a binding for
    a group in which nobody is. Neither is the registrar's to write.
    """
    label = {"metadata": {"labels": {f"{installation}-doctor": "asks"}}}
    answers = [("aws-auth", server.ask("PATCH", AWS_AUTH, label, dry_run=True))]
    if cluster_roles:
        body = _forbidden_binding(installation, cluster_roles[0])
        answers.append(("bindings", server.ask("POST", f"{RBAC}/clusterrolebindings", body, dry_run=True)))
    return tuple(_refused(server.cluster, subject, answer) for subject, answer in answers)


def _refused(cluster: str, subject: str, answer: Answer) -> Finding:
    where, what = f"cluster {cluster}", f"admission policy on {subject}"
    remedy = f"as an admin: eks-registrar manifests --cluster {cluster} | kubectl apply -f -, and give it some seconds"
    if answer.status == 404:
        return well(where, what, "there is no such object that a write could be tried on")
    if _POLICY in str(answer.body.get("message", "")):
        return well(where, what, "a forbidden write (a dry run) was refused by it")
    if 200 <= answer.status < 300:
        detail = (
            "a forbidden write (a dry run) was let through: the policy is not in force, nothing holds the registrar"
        )
        return broken(where, what, detail, remedy)
    detail = f"a forbidden write (a dry run) was refused, but not by it: {answer.status} {answer.message}"
    return doubt(where, what, detail, remedy)


def _forbidden_binding(installation: str, cluster_role: str) -> Manifest:
    """Of a role that it may bind, so that it is not RBAC that refuses; of a name that is not its own."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{installation}-doctor-asks"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": cluster_role},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": f"{installation}-doctor-asks"}],
    }


def _path(item: Manifest) -> str:
    metadata = item["metadata"]
    collection = _COLLECTIONS[item["kind"]].format(namespace=metadata.get("namespace", ""))
    return f"{collection}/{metadata['name']}"
