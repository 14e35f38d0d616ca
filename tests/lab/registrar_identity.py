"""Requests to the lab's API server under the registrar's own token, and the rows that such requests carry."""

import json
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import urllib3

from lab.kubernetes_api import Answer
from lab.local_eks import LocalEks
from lab.sessions import REVIEW, REVIEWS, session_of
from lab.settings import CLUSTER, REGION
from registrar.eks.token import mint

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"

_NOTICED_S = 5.0
_POLL_S = 0.05

NODE = """\
- rolearn: arn:aws:iam::123456789012:role/node
  username: system:node:{{EC2PrivateDNSName}}
  groups:
  - system:bootstrappers
  - system:nodes
"""
ADMINS = """\
# Break glass.
- rolearn: arn:aws:iam::123456789012:role/admin
  username: admin:{{SessionName}}
  groups: [system:masters]
"""
ITSELF = """\
- rolearn: arn:aws:iam::123456789012:role/eks-registrar
  username: "eks-registrar-controller:{{SessionName}}"
  groups: [eks-registrar-controller]
"""
FOREIGN = NODE + ADMINS + ITSELF


def row(name: str, *groups: str, account: str = "123456789012") -> str:
    """A row of the registrar in its one form, without dash and line break."""
    listed = ", ".join(f'"{group}"' for group in groups or ("eks-registrar:view",))
    role = f"{account}:role/{name}"
    username = f"eks-registrar:{role}:{{{{SessionName}}}}"
    return f'{{"rolearn": "arn:aws:iam::{role}", "username": "{username}", "groups": [{listed}]}}'


def line(name: str, *groups: str, account: str = "123456789012") -> str:
    """The same as a line of a block list."""
    return f"- {row(name, *groups, account=account)}\n"


@dataclass(frozen=True)
class Registrar:
    """The registrar as the API server sees it: a session of its role, a token minted by its own code."""

    lab: LocalEks
    token: str = field(repr=False)

    @classmethod
    def of(cls, lab: LocalEks) -> "Registrar":
        """Mint a token, good for 15 minutes."""
        return cls(lab, mint(session_of(lab.registrar_environment()), CLUSTER, REGION))

    def groups(self) -> list[str]:
        """Those that the API server sees behind the token."""
        found: list[str] = self.request("POST", REVIEWS, REVIEW).body["status"]["userInfo"]["groups"]
        return found

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. An error status is an answer too."""
        deadline = time.monotonic() + _NOTICED_S
        answer = self._send(method, path, body, content_type, headers or {})
        # The authenticator may be just reading the aws-auth that the test has put there.
        while answer.status == 401 and time.monotonic() < deadline:
            time.sleep(_POLL_S)
            answer = self._send(method, path, body, content_type, headers or {})
        return answer

    def writes_map_roles(self, text: str | None) -> Answer:
        """Write as the registrar does: a merge patch of this one key; ``None`` takes the key away."""
        return self.request("PATCH", AWS_AUTH, {"data": {"mapRoles": text}}, MERGE)

    def _send(self, method: str, path: str, body: Any, content_type: str, headers: Mapping[str, str]) -> Answer:
        context = ssl.create_default_context(cadata=self.lab.ca_pem)
        with urllib3.PoolManager(ssl_context=context, retries=False, timeout=30) as pool:
            response = pool.request(
                method,
                self.lab.endpoint + path,
                body=None if body is None else json.dumps(body),
                headers={"Authorization": f"Bearer {self.token}", "Content-Type": content_type, **headers},
            )
            return Answer(response.status, json.loads(response.data))


def writes_as_its_group(lab: LocalEks, text: str | None) -> Answer:
    """The same write by an administrator who impersonates the registrar: for a body that does not map its role."""
    identity = {"Impersonate-User": "eks-registrar-controller:test", "Impersonate-Group": "eks-registrar-controller"}
    return lab.api.request("PATCH", AWS_AUTH, {"data": {"mapRoles": text}}, MERGE, identity)


def given_map_roles(lab: LocalEks, text: str | None) -> None:
    """Put a body into aws-auth as an administrator; ``None`` takes the key away."""
    answer = lab.api.request("PATCH", AWS_AUTH, {"data": {"mapRoles": text}}, MERGE)
    assert answer.status == 200, answer.message


def map_roles_of(lab: LocalEks) -> str | None:
    """The body that stands in aws-auth now."""
    found: str | None = lab.api.request("GET", AWS_AUTH).body["data"].get("mapRoles")
    return found


def refused(answer: Answer, reason: str) -> bool:
    """Whether the API server refused, and said why in these words."""
    return answer.status in {403, 422} and reason in answer.message
