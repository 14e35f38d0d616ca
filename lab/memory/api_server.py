"""An API server as a value: objects by their paths, with uids, versions and the rules of writing.

Source: Kubernetes API concepts ("Resource versions", "Updates to existing resources", "Retrieving large results sets in
chunks") and apiserver ``pkg/registry/generic/registry/store.go``. Versions count by object, not over all of them, so
that worlds which differ only in the order of unrelated writes are equal; a client may only compare them for equality.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lab.memory.requests import Http, HttpAnswer

Object = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """An object, as JSON; ``text`` is ``None`` for one that was deleted. ``made`` counts the objects of this path."""

    made: int
    version: int
    text: str | None


NEVER_THERE = Stored(0, 0, None)


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        shown = {"kind": "Status", "code": status, "reason": reason, "message": message, "details": details or {}}
        self.answer = HttpAnswer(status, json.dumps(shown))


@dataclass(frozen=True)
class ApiServer:
    """All objects, sorted by path."""

    objects: tuple[tuple[str, Stored], ...] = ()

    @classmethod
    def of(cls, objects: dict[str, Object]) -> ApiServer:
        """A server with these objects, by their paths."""
        server = cls()
        for path, body in objects.items():
            server, _ = server._store(path, body, NEVER_THERE)
        return server

    def answer(self, asked: Http) -> tuple[ApiServer, HttpAnswer]:
        """The server after a request, and what it says."""
        parts = urlsplit(asked.path)
        body: Object = json.loads(asked.body) if asked.body else {}
        try:
            if asked.method == "GET":
                found = self._read(parts.path, parse_qs(parts.query))
                return self, _metadata_of(found) if asked.metadata_only else found
            return getattr(self, f"_{asked.method.lower()}")(parts.path, body)  # type: ignore[no-any-return]
        except Refused as refusal:
            return self, refusal.answer

    def find(self, path: str) -> Object | None:
        """An object; ``None`` if it is not there."""
        text = dict(self.objects).get(path, NEVER_THERE).text
        return None if text is None else json.loads(text)

    def _read(self, path: str, query: dict[str, list[str]]) -> HttpAnswer:
        if is_collection(path):
            return self._list(path, query)
        text = self._there(path).text
        assert text is not None
        return HttpAnswer(200, text)

    def _list(self, path: str, query: dict[str, list[str]]) -> HttpAnswer:
        """A page of a collection; the token of the next one holds what was there when the first was read."""
        if "continue" in query:
            items = json.loads(query["continue"][0])
        else:
            selector = query.get("labelSelector", [""])[0]
            items = [
                json.loads(stored.text)
                for at, stored in self.objects
                if stored.text is not None and _is_in(at, path) and _selected(json.loads(stored.text), selector)
            ]
        most = int(query.get("limit", ["0"])[0]) or len(items)
        rest = items[most:]
        metadata = {"continue": json.dumps(rest)} if rest else {}
        return HttpAnswer(200, json.dumps({"kind": "List", "metadata": metadata, "items": items[:most]}))

    def _post(self, path: str, body: Object) -> tuple[ApiServer, HttpAnswer]:
        place = namespace_of(path)
        if place is not None:
            self._require_namespace(place)
            body["metadata"]["namespace"] = place
        at = f"{path}/{body['metadata']['name']}"
        stored = dict(self.objects).get(at, NEVER_THERE)
        if stored.text is not None:
            raise Refused(409, "AlreadyExists", f"{at} already exists")
        return self._store(at, body, stored, created=True)

    def _patch(self, path: str, body: Object) -> tuple[ApiServer, HttpAnswer]:
        """A merge patch (RFC 7386); one that changes nothing makes no new version."""
        stored = self._there(path)
        assert stored.text is not None
        before = json.loads(stored.text)
        after = merged(before, body)
        _require_same(before, after["metadata"], path)
        if after == before:
            return self, HttpAnswer(200, stored.text)
        if after.get("roleRef") != before.get("roleRef"):
            raise Refused(422, "Invalid", f"{path}: roleRef: Invalid value: cannot change roleRef")
        return self._store(path, after, stored)

    def _put(self, path: str, body: Object) -> tuple[ApiServer, HttpAnswer]:
        """A replacement; without a ``resourceVersion`` it takes the place of whatever is there."""
        stored = self._there(path)
        assert stored.text is not None
        before = json.loads(stored.text)
        after = {**body, "metadata": {**before["metadata"], **body["metadata"]}}
        _require_same(before, after["metadata"], path)
        return (self, HttpAnswer(200, stored.text)) if after == before else self._store(path, after, stored)

    def _delete(self, path: str, body: Object) -> tuple[ApiServer, HttpAnswer]:
        """A deletion; a namespace is only marked, and goes with all that is in it when it is deleted once more."""
        stored = self._there(path)
        assert stored.text is not None
        found = json.loads(stored.text)
        _require_same(found, {**found["metadata"], **body.get("preconditions", {})}, path)
        if path.startswith("/api/v1/namespaces/") and not is_collection(path) and namespace_of(path) is None:
            return self._delete_namespace(path, found, stored)
        return self._with(path, Stored(stored.made, stored.version, None)), HttpAnswer(200, '{"kind": "Status"}')

    def _delete_namespace(self, path: str, found: Object, stored: Stored) -> tuple[ApiServer, HttpAnswer]:
        if not found["metadata"].get("deletionTimestamp"):
            found["metadata"]["deletionTimestamp"] = "2026-11-20T12:00:00Z"
            return self._store(path, found, stored)
        name, server = found["metadata"]["name"], self
        for at, one in self.objects:
            if at == path or namespace_of(at) == name:
                server = server._with(at, Stored(one.made, one.version, None))
        return server, HttpAnswer(200, '{"kind": "Status"}')

    def _there(self, path: str) -> Stored:
        stored = dict(self.objects).get(path, NEVER_THERE)
        if stored.text is None:
            kind = path.split("/")[-2]
            raise Refused(404, "NotFound", f"{path} not found", {"kind": kind})
        return stored

    def _require_namespace(self, name: str) -> None:
        namespace = self.find(f"/api/v1/namespaces/{name}")
        if namespace is None:
            raise Refused(404, "NotFound", f'namespaces "{name}" not found', {"kind": "namespaces", "name": name})
        if namespace["metadata"].get("deletionTimestamp"):
            causes = {"causes": [{"reason": "NamespaceTerminating"}]}
            raise Refused(403, "Forbidden", f"unable to create new content in namespace {name}", causes)

    def _store(self, path: str, body: Object, stored: Stored, *, created: bool = False) -> tuple[ApiServer, HttpAnswer]:
        made = stored.made + (stored.text is None)
        version = stored.version + 1
        body["metadata"] = {**body["metadata"], "uid": f"uid-{made}", "resourceVersion": str(version)}
        text = json.dumps(body, sort_keys=True)
        return self._with(path, Stored(made, version, text)), HttpAnswer(201 if created else 200, text)

    def _with(self, path: str, stored: Stored) -> ApiServer:
        return ApiServer(tuple(sorted({**dict(self.objects), path: stored}.items())))


def _metadata_of(answer: HttpAnswer) -> HttpAnswer:
    shown = {"kind": "PartialObjectMetadata", "metadata": json.loads(answer.text)["metadata"]}
    return HttpAnswer(answer.status, json.dumps(shown))


def merged(before: Any, patch: Any) -> Any:
    """RFC 7386: ``null`` takes a key away, a mapping is merged, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    after = dict(before) if isinstance(before, dict) else {}
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        else:
            after[key] = merged(after.get(key), value)
    return after


def is_collection(path: str) -> bool:
    """Whether a path names all objects of a kind, in one namespace or in all."""
    return len(_segments(path)) % 2 == 1


def namespace_of(path: str) -> str | None:
    """The namespace of an object or a collection; ``None`` for what is in none, namespaces themselves included."""
    segments = _segments(path)
    return segments[1] if segments[0] == "namespaces" and len(segments) > 2 else None


def _segments(path: str) -> list[str]:
    """What follows ``/api/v1`` or ``/apis/GROUP/v1``."""
    segments = path.strip("/").split("/")
    return segments[2:] if segments[0] == "api" else segments[3:]


def _is_in(path: str, collection: str) -> bool:
    if namespace_of(collection) is not None or namespace_of(path) is None:
        return path.rpartition("/")[0] == collection
    at, kind = _segments(path), _segments(collection)[-1]
    group = collection[: -len(kind)]
    return at[2] == kind and path.startswith(group)


_SET_BASED = re.compile(r"(?P<key>\S+) in \((?P<values>[^()]*)\)")


def _selected(found: Object, selector: str) -> bool:
    """``key=value`` or ``key in (a,b)``, the two forms of a label selector that are asked for here."""
    if not selector:
        return True
    set_based = _SET_BASED.fullmatch(selector)
    key, _, value = selector.partition("=")
    values = [value] if set_based is None else set_based["values"].split(",")
    label = (found["metadata"].get("labels") or {}).get(set_based["key"] if set_based else key)
    return label is not None and label in values


def _require_same(found: Object, given: Object, path: str) -> None:
    for key in ("uid", "resourceVersion"):
        if given.get(key) != found["metadata"][key]:
            raise Refused(409, "Conflict", f"{path}: {key} is {found['metadata'][key]}, not {given.get(key)}")
