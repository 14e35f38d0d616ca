"""The situation in which every fault strikes, and what can be seen of it.

Three roles: the ``resident`` has its row and keeps it; the ``asker`` was just tagged and has none; the ``leaver`` was
just untagged and has one. A batch tells of the last two and holds a record that is no event; a sweep finds both.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab.local_eks import LocalEks
from lab.settings import ACCOUNT
from registrar.marks import MANAGED_BY

TAG = "eks-registrar/lab"
GRANTS = {"resident": "view", "asker": "edit@payments", "leaver": "view@archive"}
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
THEIR_NOTE = {"metadata": {"labels": {"team": "platform"}, "annotations": {"note": "ask in #platform\n"}}}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Seen:
    """What stands in the cluster.

    Attributes:
        foreign: of aws-auth everything that is not a line of ours: data, labels, annotations, owners.
        foreign_bindings: every binding without our mark, whole, by path.
        rows: our lines.
        bindings: ours, by path: role and subjects.
        foreign_entries: every access entry without our mark, whole, by its principal.
        entries: ours, by the name of their role: what they give.

    """

    foreign: Mapping[str, Any]
    foreign_bindings: Mapping[str, Any]
    rows: tuple[str, ...]
    bindings: Mapping[str, Any]
    data: Mapping[str, str]
    foreign_entries: Mapping[str, Any] = field(default_factory=dict)
    entries: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """The situation in a lab.

    Attributes:
        lab: where it is.
        first_day: aws-auth with the resident's and the leaver's row; ``None`` where there is none.
        first_bindings: their bindings, by path.

    """

    lab: LocalEks
    first_day: Mapping[str, Any] | None
    first_bindings: Mapping[str, Mapping[str, Any]]

    @classmethod
    def built(cls, lab: LocalEks, tell: Callable[[Mapping[str, Any]], None]) -> Scene:
        """Build it once; ``tell`` tells the registrar of events, undisturbed: it makes the two rows."""
        make_places(lab)
        lab.api.request("PATCH", AWS_AUTH, THEIR_NOTE, "application/merge-patch+json")
        for role, grants in GRANTS.items():
            create_role(lab, role, grants)
        tell({role: cls.granting(role) for role in ("resident", "leaver")})
        lab.aws.client("iam").untag_role(RoleName="leaver", TagKeys=[TAG])
        return cls(lab, lab.api.request("GET", AWS_AUTH).body, our_bindings(lab))

    def set(self, *, foreign_is_new: bool = False) -> Seen:
        """Put everything back to the moment before the invocation; what stands then.

        If ``foreign_is_new``, somebody has just added a comment: the next write keeps that body in the history.

        aws-auth is replaced, not made again: for the moment between, the authenticator would know nobody.
        """
        if self.first_day is not None:
            self._put_aws_auth(self.first_day, foreign_is_new=foreign_is_new)
        self._put_bindings()
        return self.seen()

    def _put_aws_auth(self, first_day: Mapping[str, Any], *, foreign_is_new: bool) -> None:
        data = first_day["data"]
        if foreign_is_new:
            data = {**data, "mapRoles": f"{data['mapRoles']}# {uuid.uuid4()}\n"}
        first = {"metadata": dict(first_day["metadata"]), "data": data}
        for of_its_time in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
            first["metadata"].pop(of_its_time, None)
        self._done("PUT", AWS_AUTH, {"apiVersion": "v1", "kind": "ConfigMap", **first})

    def _put_bindings(self) -> None:
        standing = our_bindings(self.lab)
        for path, binding in standing.items():
            if binding != self.first_bindings.get(path):
                self._done("DELETE", path)
        for path, binding in self.first_bindings.items():
            if binding != standing.get(path):
                self._done("POST", path.rpartition("/")[0], binding)

    @staticmethod
    def granting(role: str) -> dict[str, Any]:
        """A TagRole event with our key, of just now."""
        return event("TagRole", role, tags=[{"key": TAG, "value": GRANTS[role]}])

    @staticmethod
    def revoking() -> dict[str, Any]:
        """The leaver's UntagRole event, of just now."""
        return event("UntagRole", "leaver", tagKeys=[TAG])

    def seen(self) -> Seen:
        """What stands now."""
        aws_auth = {"metadata": {}} if self.first_day is None else self.lab.api.request("GET", AWS_AUTH).body
        bindings = {_path(binding): binding for binding in _bindings(self.lab)}
        ours = {path: _bare(binding) for path, binding in bindings.items() if _is_ours(binding)}
        data = aws_auth.get("data") or {}
        text = data.get("mapRoles", "")
        rows = lines_of_ours(text)
        metadata = {key: aws_auth["metadata"].get(key) for key in ("labels", "annotations", "ownerReferences")}
        return Seen(
            foreign={**metadata, **data, "mapRoles": text.replace("".join(rows), "")},
            foreign_bindings={path: binding for path, binding in bindings.items() if path not in ours},
            rows=rows,
            bindings=ours,
            data=data,
        )

    def _done(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        answer = self.lab.api.request(method, path, body)
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.message}"


def lines_of_ours(map_roles: str) -> tuple[str, ...]:
    """Our lines, which stand together."""
    return tuple(line for line in map_roles.splitlines(keepends=True) if line.startswith('- {"rolearn"'))


def sweeping() -> dict[str, Any]:
    """The request for a sweep."""
    return {"registrar": "sweep", "account": ACCOUNT, "planHash": None}


def event(name: str, role: str, **parameters: Any) -> dict[str, Any]:
    """An IAM event of just now."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": ACCOUNT, "time": now, "region": "us-east-1", "resources": [],
        "detail": {
            "eventSource": "iam.amazonaws.com", "eventName": name, "eventTime": now, "eventID": str(uuid.uuid4()),
            "requestParameters": {"roleName": role, **parameters},
        },
    }  # fmt: skip


def make_places(lab: LocalEks) -> None:
    """The namespaces, and in one of them a binding of somebody else's."""
    for namespace in ("payments", "archive"):
        lab.kubectl("create", "namespace", namespace)
    lab.kubectl("create", "rolebinding", "theirs", "--clusterrole=edit", "--group=theirs", "-n", "payments")


def our_bindings(lab: LocalEks) -> dict[str, Any]:
    """Our bindings as they could be created anew, by path."""
    return {_path(binding): _bare(binding) for binding in _bindings(lab) if _is_ours(binding)}


def create_role(lab: LocalEks, role: str, grants: str | None = None) -> None:
    """Create a role, tagged with grants if any."""
    tags = [{"Key": TAG, "Value": grants}] if grants else []
    lab.aws.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST), Tags=tags)


def _bindings(lab: LocalEks) -> list[Mapping[str, Any]]:
    kinds = {"RoleBinding": f"{RBAC}/rolebindings", "ClusterRoleBinding": f"{RBAC}/clusterrolebindings"}
    return [{**b, "kind": kind} for kind, path in kinds.items() for b in lab.api.request("GET", path).body["items"]]


def _is_ours(binding: Mapping[str, Any]) -> bool:
    return MANAGED_BY in (binding["metadata"].get("labels") or {})


def _path(binding: Mapping[str, Any]) -> str:
    metadata = binding["metadata"]
    if "namespace" in metadata:
        return f"{RBAC}/namespaces/{metadata['namespace']}/rolebindings/{metadata['name']}"
    return f"{RBAC}/clusterrolebindings/{metadata['name']}"


def _bare(binding: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the API server adds: as it could be created anew."""
    metadata = {key: binding["metadata"][key] for key in ("name", "labels")}
    kept = {key: binding.get(key) for key in ("kind", "roleRef", "subjects")}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata, **kept}
