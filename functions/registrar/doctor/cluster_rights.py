"""Who the caller is to the API server, and whether it has exactly the rights that the manifests grant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from registrar.doctor.api import Answer, ApiServer
from registrar.doctor.finding import Finding, broken, doubt, well
from registrar.errors import Unreachable
from registrar.manifests import Manifest

_WHAT = "Kubernetes rights"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@dataclass(frozen=True)
class Attempt:
    """One request that a rule allows; ``name`` and ``namespace`` are empty for "any"."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        named = f"{self.resource}{'.' + self.group if self.group else ''}{'/' + self.name if self.name else ''}"
        return f"{self.verb} {named}{' in ' + self.namespace if self.namespace else ''}"


def as_registrar(server: ApiServer, controller: str) -> tuple[ApiServer | None, Finding, Answer]:
    """The server as the registrar meets it: by its own token, or by impersonation where the caller is an admin.

    The last part is the server's answer, for its time. Without a server none of the further checks can be made.
    """
    where, what = f"cluster {server.cluster}", "way in"
    answer = server.ask("POST", _WHO, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    if answer.status == 401:
        detail = "the cluster does not know this identity (401)"
        remedy = (
            f"give the registrar's role its row in aws-auth or its access entry, with the group {controller};"
            " if you are somebody else, ask the function with --remote"
        )
        return None, broken(where, what, detail, remedy), answer
    if answer.status != 201:
        raise Unreachable(f"SelfSubjectReview: {answer.status} {answer.message}")
    user = answer.body["status"]["userInfo"]
    if controller in user.get("groups", ()):
        return server, well(where, what, f"the registrar gets in as {user['username']}"), answer
    acting = replace(server, impersonated=controller)
    tried = acting.ask("POST", _WHO, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    if tried.status != 201:
        detail = f"this identity is {user['username']}, not the registrar, and may not impersonate {controller}"
        remedy = f"ask the function with --remote; if this is the registrar's role, give it the group {controller}"
        return None, broken(where, what, detail, remedy), answer
    detail = (
        f"checked as {user['username']} in the name of {controller}: whether the registrar itself gets in is not shown"
    )
    return acting, doubt(where, what, detail, "ask the function with --remote to see that too"), answer


def cluster_rights(server: ApiServer, objects: Iterable[Manifest]) -> tuple[Finding, ...]:
    """A SelfSubjectAccessReview for each request that the manifests allow, and one for what they must not."""
    where = f"cluster {server.cluster}"
    attempts = tuple(attempts_of(objects))
    missing = [attempt for attempt in attempts if not _allowed(server, attempt)]
    findings = []
    if missing:
        told = ", ".join(map(str, missing[:5])) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        remedy = f"as an admin: eks-registrar manifests --cluster {server.cluster} | kubectl apply -f -"
        findings.append(broken(where, _WHAT, f"the registrar may not {told}", remedy))
    else:
        findings.append(well(where, _WHAT, f"all {len(attempts)} requests that the manifests allow are allowed"))
    if _allowed(server, Attempt("*", "*", "*")):
        detail = "the registrar may do everything in this cluster, which its manifests never grant"
        findings.append(doubt(where, _WHAT, detail, "find the binding of its group or user, and remove it"))
    return tuple(findings)


def attempts_of(objects: Iterable[Manifest]) -> Iterator[Attempt]:
    """Every request that the roles among the manifests allow."""
    for item in objects:
        if item["kind"] not in ("Role", "ClusterRole"):
            continue
        place = item["metadata"].get("namespace", "")
        for rule in item["rules"]:
            yield from _attempts_of_rule(rule, place)


def _attempts_of_rule(rule: dict[str, Any], place: str) -> Iterator[Attempt]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                for name in rule.get("resourceNames") or ("",):
                    yield Attempt(verb, group, resource, place, name)


def _allowed(server: ApiServer, attempt: Attempt) -> bool:
    wanted = {"verb": attempt.verb, "group": attempt.group, "resource": attempt.resource}
    wanted |= {"namespace": attempt.namespace, "name": attempt.name}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": wanted},
    }
    answer = server.ask("POST", _REVIEWS, review)
    if answer.status != 201:
        raise Unreachable(f"SelfSubjectAccessReview: {answer.status} {answer.message}")
    return bool(answer.body["status"].get("allowed"))
