"""The API server in memory (``lab.memory``) answers as the real one does: one conversation with both, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stage import Stage, a_name

from lab.kubernetes_api import KubernetesApi
from lab.memory.api_server import ApiServer
from lab.memory.requests import Http

Object = dict[str, Any]
RBAC = "/apis/rbac.authorization.k8s.io/v1"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
Send = Callable[[str, str, Object | None, bool], tuple[int, Object]]


@dataclass
class Talk:
    """A conversation with one API server. ``said`` is what must be the same in both."""

    send: Send
    said: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, why: str, method: str, path: str, body: Object | None = None, only: bool = False) -> Object:
        """Send a request; keep what the registrar's client looks at in the answer."""
        status, answer = self.send(method, path, body, only)
        details = answer.get("details") or {} if status >= 300 else {}
        causes = [c["reason"] for c in details.get("causes") or () if c.get("reason") == "NamespaceTerminating"]
        reason = answer.get("reason") if status >= 300 else None
        kind = details.get("kind") if status == 404 else None
        self.said.append((why, (status, reason, kind, causes)))
        return answer

    def note(self, what: str, value: object) -> None:
        """Something else that must be the same."""
        self.said.append((what, value))


def to_the_real(api: KubernetesApi) -> Send:
    """The API server of the lab."""

    def send(method: str, path: str, body: Object | None, only: bool) -> tuple[int, Object]:
        content = "application/merge-patch+json" if method == "PATCH" else "application/json"
        answer = api.request(method, path, body, content, {"Accept": METADATA} if only else None)
        return answer.status, answer.body

    return send


def to_memory(namespace: str) -> Send:
    """The one in memory, with the same namespace."""
    servers = [ApiServer.of({f"/api/v1/namespaces/{namespace}": {"metadata": {"name": namespace}}})]

    def send(method: str, path: str, body: Object | None, only: bool) -> tuple[int, Object]:
        server, answer = servers[-1].answer(Http(method, path, json.dumps(body) if body else None, only))
        servers.append(server)
        return answer.status, json.loads(answer.text)

    return send


def named(name: str, **more: Any) -> Object:
    """An object with this name."""
    return {"metadata": {"name": name, "labels": {"of": "talk"}}, **more}


def under(uid: str | None = None, version: str | None = None, **more: Any) -> Object:
    """A change under what was read."""
    conditions = {"uid": uid, "resourceVersion": version}
    return {"metadata": {key: value for key, value in conditions.items() if value}, **more}


def writes_under_versions(talk: Talk, place: str) -> None:
    """Creations, merge patches and replacements of one ConfigMap."""
    maps, one = f"{place}/configmaps", f"{place}/configmaps/one"
    talk("an object that is not there", "GET", one)
    talk("a patch of it", "PATCH", one, {"data": {"a": "1"}})
    talk("a creation in no namespace", "POST", f"{place}-none/configmaps", named("one"))
    first = talk("a creation", "POST", maps, named("one", data={"a": "1", "b": "2"}))["metadata"]
    talk("the same again", "POST", maps, named("one"))
    version = first["resourceVersion"]
    second = talk("a patch under the version", "PATCH", one, under(version=version, data={"a": "2", "b": None}))
    talk.note("what it left", second["data"])
    talk.note("a new version", second["metadata"]["resourceVersion"] != version)
    talk("a patch under the old version", "PATCH", one, under(version=version, data={"a": "3"}))
    same = talk("a patch that changes nothing", "PATCH", one, {"data": {"a": "2"}})
    talk.note("no new version", same["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"])
    talk("a replacement under the old version", "PUT", one, named("one", data={}) | _meta("one", version))
    third = talk("a replacement under none", "PUT", one, named("one", data={"c": "1"}))
    talk.note("what it left", third["data"])
    partial = talk("the metadata alone", "GET", one, None, True)
    talk.note("no data", "data" not in partial and partial["kind"] == "PartialObjectMetadata")


def _meta(name: str, version: str) -> Object:
    return {"metadata": {"name": name, "labels": {"of": "talk"}, "resourceVersion": version}}


def deletes_under_conditions(talk: Talk, place: str) -> None:
    """Deletions with preconditions, and the object that comes after."""
    maps, one = f"{place}/configmaps", f"{place}/configmaps/one"
    found = talk("the object", "GET", one)["metadata"]
    uid, version = found["uid"], found["resourceVersion"]
    talk("a deletion of another one", "DELETE", one, {"preconditions": {"uid": "other", "resourceVersion": version}})
    talk("a deletion of another version", "DELETE", one, {"preconditions": {"uid": uid, "resourceVersion": "1"}})
    talk("a deletion", "DELETE", one, {"preconditions": {"uid": uid, "resourceVersion": version}})
    talk("a deletion of what is gone", "DELETE", one, {"preconditions": {"uid": uid, "resourceVersion": version}})
    new = talk("one of the same name", "POST", maps, named("one"))["metadata"]
    talk.note("another one", new["uid"] != uid and new["resourceVersion"] != version)
    talk("a patch meant for the one before", "PATCH", one, under(uid, version, data={"a": "1"}))


def binds_and_lists(talk: Talk, place: str, namespace: str) -> None:
    """Bindings, whose role never changes, and lists of them in pages.

    Whether the last page says that there is more is not compared: an API server says so as long as other objects follow
    that the selector leaves out.
    """
    collection = f"{RBAC}/namespaces/{namespace}/rolebindings"
    for name in ("some:edit", "some:view"):
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name.partition(":")[2]}
        talk("a binding", "POST", collection, named(name, roleRef=ref, subjects=[]))
    talk("another role", "PATCH", f"{collection}/some:edit", {"roleRef": {"name": "view"}})
    query = "labelSelector=of%3Dtalk&limit=1"
    page = talk("a page of all namespaces", "GET", f"{RBAC}/rolebindings?{query}")
    rest = talk("the next", "GET", f"{RBAC}/rolebindings?{query}&continue={page['metadata']['continue']}")
    talk.note("both", [item["metadata"]["name"] for item in (*page["items"], *rest["items"])])
    of_two = talk("of one of two", "GET", f"{collection}?labelSelector=of+in+%28talk%2Cnobody%29")
    talk.note("a set", len(of_two["items"]))
    none = talk("those of nobody", "GET", f"{collection}?labelSelector=of%3Dnobody")
    talk.note("an empty list", none["items"])


def loses_the_namespace(talk: Talk, place: str) -> None:
    """A namespace that is going, held by a finalizer in it."""
    held = named("held")
    held["metadata"]["finalizers"] = ["example.com/held"]
    talk("something that holds it", "POST", f"{place}/configmaps", held)
    talk("its deletion", "DELETE", place, {})
    going = talk("it is going", "GET", place)
    talk.note("marked", bool(going["metadata"].get("deletionTimestamp")))
    talk("a creation in it", "POST", f"{place}/configmaps", named("late"))
    talk("the hold is off", "PATCH", f"{place}/configmaps/held", {"metadata": {"finalizers": None}})


def test_the_api_server_in_memory_answers_as_the_real_one(quiet: Stage) -> None:
    """Status, reason, the kind that is missing, and whether there is a new version: what the registrar looks at."""
    namespace = a_name("talk")
    quiet.lab.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    told = []
    for send in (to_memory(namespace), to_the_real(quiet.lab.api)):
        talk, place = Talk(send), f"/api/v1/namespaces/{namespace}"
        writes_under_versions(talk, place)
        deletes_under_conditions(talk, place)
        binds_and_lists(talk, place, namespace)
        loses_the_namespace(talk, place)
        told.append(talk.said)
    assert told[0] == told[1]
