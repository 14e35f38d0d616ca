"""The Kubernetes API by plain paths and dicts, with a timeout on every request and errors told as ours.

urllib3 alone: the ``kubernetes`` package would double what the function imports (docs/decisions/004).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol
from urllib.parse import urlencode

import urllib3

from registrar.errors import (
    DeniedByAdmission,
    DeniedByRbac,
    NeverRetry,
    RegistrarError,
    Throttled,
    TooLarge,
    Unreachable,
    WriteConflict,
)
from registrar.limits import limited

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
FIELD_MANAGER = "eks-registrar"
PAGE = 500  # what kubectl asks for at once

Object = dict[str, Any]

_JSON = "application/json"
# An object without its content: for a ConfigMap that may hold a megabyte (Kubernetes API concepts, "Metadata-only").
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def current(self) -> str:
        """A token that is valid now."""

    def forget(self) -> None:
        """Mint anew next time."""


class NotFound(NeverRetry):
    """404: the object, or the namespace that it should stand in, does not exist. ``kind`` says which ("namespaces")."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class AlreadyExists(WriteConflict):
    """409 on a create."""


class NamespaceTerminating(NeverRetry):
    """403 on a create in a namespace that is being deleted."""


def trust(cluster: str, url: str, ca_pem: str) -> ssl.SSLContext:
    """Trust in the cluster's own CA and no other. Raises ``Unreachable`` where there is none."""
    if not url.startswith("https://") or not ca_pem:
        # Without a CA, Python would trust every public one, and a token would go to whoever answers.
        raise Unreachable(f"cluster {cluster}: EKS gives no https endpoint with a CA yet ({url}); nothing was sent")
    try:
        trusted = ssl.create_default_context(cadata=ca_pem)
    except ssl.SSLError as error:
        raise Unreachable(f"cluster {cluster}: the CA that EKS gives cannot be read: {error}") from error
    # EKS makes CAs without an Authority Key Identifier, which Python refuses by default from 3.13 on
    # (kubernetes-client/python issue 2394). Certificates and host names are verified as ever.
    trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return trusted


@dataclass(frozen=True)
class Kubernetes:
    """One cluster's API server. ``cluster`` is its tag, for messages; ``url`` has no slash at its end."""

    cluster: str
    url: str
    pool: urllib3.PoolManager
    tokens: Tokens

    @classmethod
    def connect(cls, cluster: str, url: str, ca_pem: str, tokens: Tokens) -> Kubernetes:
        """A client of an API server; nothing is sent yet. Raises ``Unreachable`` where there is no CA to trust."""
        trusted = trust(cluster, url, ca_pem)
        # One retry heals a connection that the server closed while the function was frozen. A redirect is never
        # followed: it would carry the token elsewhere. How long to wait after a 429 is the queue's business.
        retries = urllib3.Retry(total=1, redirect=0, backoff_factor=0.1, respect_retry_after_header=False)
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        return cls(cluster, url, urllib3.PoolManager(ssl_context=trusted, retries=retries, timeout=timeout), tokens)

    def get(self, path: str) -> Object:
        """Read an object. Raises ``NotFound`` and what ``request`` raises."""
        return self._object_of(path, self.request("GET", path))

    def get_metadata(self, path: str) -> Object:
        """The ``metadata`` of an object, without the rest of it. Raises as ``get`` does."""
        return dict(self._object_of(path, self.request("GET", path, accept=METADATA))["metadata"])

    def list_all(self, path: str, label_selector: str) -> list[Object]:
        """All objects of a collection that carry a label, in pages. Raises what ``request`` raises.

        A list whose pages expire half-way (410) begins anew by the next try of the whole record; there is no half list.
        """
        found: list[Object] = []
        query = {"labelSelector": label_selector, "limit": str(PAGE)}
        while True:
            page = self.request("GET", f"{path}?{urlencode(query)}")
            items, following = page.get("items"), (page.get("metadata") or {}).get("continue")
            if not isinstance(items, list):
                raise Unreachable(f"cluster {self.cluster}: GET {path}: the answer is no list")
            found += items
            if not following:
                return found
            query["continue"] = following

    def create(self, path: str, body: Object) -> Object:
        """Create an object in the collection ``path``."""
        return self._object_of(f"{path}/{body['metadata']['name']}", self.request("POST", path, body))

    def merge(self, path: str, body: Object) -> Object:
        """Patch an object (RFC 7386); a ``resourceVersion`` in the patch must be the current one, else 409."""
        return self._object_of(path, self.request("PATCH", path, body))

    def replace(self, path: str, body: Object) -> Object:
        """Put an object in the place of the one there is, which must have the ``resourceVersion`` of ``body``."""
        return self._object_of(path, self.request("PUT", path, body))

    def delete(self, path: str, uid: str, resource_version: str) -> Object:
        """Delete an object if it is still the one that was read."""
        conditions = {"uid": uid, "resourceVersion": resource_version}
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": conditions}
        answer = self.request("DELETE", path, options)
        if "kind" not in answer:  # a Status, or the object where finalizers keep it
            raise Unreachable(f"cluster {self.cluster}: DELETE {path}: the answer is not one of Kubernetes")
        return answer

    def _object_of(self, path: str, answer: Object) -> Object:
        """The answer, if it is the object of that path: a 200 of whatever stands before the API server says nothing."""
        metadata = answer.get("metadata")
        if not isinstance(metadata, dict) or metadata.get("name") != path.rpartition("/")[2]:
            raise Unreachable(
                f"cluster {self.cluster}: {path}: the answer is not that object; was it the API server's?"
            )
        return answer

    def request(self, method: str, path: str, body: Object | None = None, accept: str = _JSON) -> Object:
        """Send one request and return the answer's object.

        Raises ``NotFound``, ``AlreadyExists``, ``NamespaceTerminating``, ``WriteConflict``, ``Throttled``,
        ``Unreachable``, ``TooLarge``, ``DeniedByAdmission`` or ``DeniedByRbac``.
        """
        query = "?" + urlencode({"fieldManager": FIELD_MANAGER}) if method in ("POST", "PUT", "PATCH") else ""
        headers = {"Accept": accept, "Authorization": f"Bearer {self.tokens.current()}"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else _JSON
        payload = None if body is None else json.dumps(body)
        what = f"cluster {self.cluster}: {method} {path}"
        try:
            with limited(what):
                answer = self.pool.request(method, f"{self.url}{path}{query}", body=payload, headers=headers)
            status, text = answer.status, answer.data
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{what}: the API server did not answer ({type(error).__name__})") from error
        parsed = _parsed(text, what, status)
        if status >= 300:
            self._refused(what, method, status, parsed)
        return parsed

    def _refused(self, what: str, method: str, status: int, answer: Object) -> NoReturn:
        said = answer.get("message", "")
        message = f"{what}: {status} {answer.get('reason', '')}: {said}"
        if status == 401:
            self.tokens.forget()
            own = "the registrar's own row in aws-auth, or its access entry"
            raise Unreachable(f"{message}; is {own}, there, and does the clock agree?")
        if status == 403 and _is_rbac(said):
            raise DeniedByRbac(f"{message}; apply `eks-registrar manifests --cluster {self.cluster}` again")
        # Only the API server's own "not found" means absent, not a 404 in plain text of whatever stands before it.
        if status == 404 and answer.get("kind") == "Status":
            raise NotFound(message, (answer.get("details") or {}).get("kind", ""))
        if status == 409 and method == "POST" and answer.get("reason") == "AlreadyExists":
            raise AlreadyExists(message)
        if status == 403 and _caused_by(answer, "NamespaceTerminating"):
            raise NamespaceTerminating(message)
        raise _BY_STATUS.get(status, Unreachable)(message)


_BY_STATUS: Mapping[int, type[RegistrarError]] = {
    400: DeniedByAdmission,  # a webhook may answer with any of the three
    403: DeniedByAdmission,
    422: DeniedByAdmission,
    409: WriteConflict,
    413: TooLarge,
    429: Throttled,
}


def _parsed(text: bytes, what: str, status: int) -> Object:
    """The object of an answer; an answer cut off or not JSON is no answer, whatever its status."""
    try:
        parsed = json.loads(text)
    except ValueError as error:
        if status >= 400:
            return {"message": text[:300].decode("utf-8", "replace")}
        raise Unreachable(f"{what}: the answer ({status}) is not whole JSON") from error
    if not isinstance(parsed, dict):
        raise Unreachable(f"{what}: the answer ({status}) is not an object")
    return parsed


def _caused_by(answer: Object, reason: str) -> bool:
    causes = (answer.get("details") or {}).get("causes") or []
    return any(cause.get("reason") == reason for cause in causes)


def _is_rbac(message: str) -> bool:
    """Whether a 403 comes from the authorizer or from RBAC's escalation check, not from admission.

    Sources: apiserver ``endpoints/handlers/responsewriters/errors.go`` (``User "x" cannot get resource``) and
    kubernetes ``pkg/registry/rbac/validation`` (``is attempting to grant RBAC permissions not currently held``).
    """
    by_admission = "admission webhook" in message or "ValidatingAdmissionPolicy" in message
    return not by_admission and ('" cannot ' in message or "is attempting to grant RBAC permissions" in message)
