"""The authorization webhook of the lab's API server: it stands for EKS's own, which judges by access policies.

Its request and answer: https://kubernetes.io/docs/reference/access-authn-authz/webhook/. It never denies, it only has
no opinion; so whatever RBAC allows stays allowed.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.aws.eks.access_policies import Access, allowing
from lab.aws.eks.model import Entry
from lab.aws.wire import Environ, Response, StartResponse, read_request, send


@dataclass(frozen=True)
class Authorizer:
    """A WSGI application. ``entries`` gives those that are in effect, by principal ARN."""

    entries: Callable[[], Mapping[str, Entry]]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI call."""
        review = json.loads(read_request(environ).body)
        policy = self.policy_for(review["spec"])
        status = {"allowed": policy is not None, "reason": f"EKS access policy {policy}" if policy else ""}
        answer = {"apiVersion": review["apiVersion"], "kind": "SubjectAccessReview", "status": status}
        return send(Response(200, (("Content-Type", "application/json"),), json.dumps(answer).encode()), start_response)

    def policy_for(self, spec: Mapping[str, Any]) -> str | None:
        """The policy that allows what the ``spec`` of a SubjectAccessReview asks for, or None.

        Who asks is read from what aws-iam-authenticator says of a token's principal, and it says nothing of somebody
        who is impersonated: they have no access policy (EKS user guide, "Associate access policies with access
        entries").
        """
        extra = spec.get("extra") or {}
        entry = self._entry(_one(extra, "canonicalArn"), _one(extra, "principalId"))
        return None if entry is None else allowing(entry.associations.values(), _access(spec))

    def _entry(self, canonical_arn: str, unique_id: str) -> Entry | None:
        """The entry of a principal; a dead one is nobody's."""
        for entry in self.entries().values():
            if entry.principal.unique_id == unique_id and _without_path(entry) == canonical_arn.lower():
                return entry
        return None


def _one(extra: Mapping[str, list[str]], name: str) -> str:
    return next(iter(extra.get(name, ())), "")


def _without_path(entry: Entry) -> str:
    """The ARN as the authenticator canonicalizes that of a session: a role's has no path, a user's keeps it."""
    principal = entry.principal
    if principal.kind == "user":
        return principal.arn.lower()
    return f"arn:{principal.partition}:iam::{principal.account}:role/{principal.name}".lower()


def _access(spec: Mapping[str, Any]) -> Access:
    if wanted := spec.get("resourceAttributes"):
        subresource = f"/{wanted['subresource']}" if wanted.get("subresource") else ""
        return Access(
            verb=wanted.get("verb", ""),
            group=wanted.get("group", ""),
            resource=wanted.get("resource", "") + subresource,
            namespace=wanted.get("namespace", ""),
        )
    wanted = spec["nonResourceAttributes"]
    return Access(verb=wanted.get("verb", ""), path=wanted.get("path", ""))
