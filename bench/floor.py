"""The floor: the requests of one event on kept-alive connections, and nothing else. No parsing, no checks.

It is the least that any program must send that grants a role its access: read aws-auth, read the role, look at the
binding (and make it), write aws-auth under the version that was read. With ``as_the_registrar`` it sends what the
registrar sends on top of that, so that the price of those requests and the price of our own code stand apart.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from registrar.eks.client import METADATA
from registrar.eks.cluster import Endpoint
from registrar.eks.token import TokenSource
from registrar.rights.rbac import HISTORY
from registrar.sinks.aws_auth import PATH
from registrar.sinks.rbac import RBAC

_VERSION = b'"resourceVersion":"'
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class Errand:
    """One event's requests, made up beforehand.

    The merge patch of aws-auth is given up to the place of the version and behind it; ``binding`` is its body where it
    is to be made, ``None`` where it stands.
    """

    role: str
    cluster_role: str
    namespace: str
    binding_name: str
    before_version: str
    behind_version: str
    binding: str | None
    as_the_registrar: bool
    installation: str

    @property
    def bindings_path(self) -> str:
        """The collection that the binding stands in."""
        return f"{RBAC}/namespaces/{self.namespace}/rolebindings"

    @property
    def history_path(self) -> str:
        """The newest body of aws-auth that is kept."""
        return f"/api/v1/namespaces/{self.installation}/configmaps/{HISTORY[0]}"


@dataclass(frozen=True)
class Floor:
    """Two connections, credentials and a token source. ``aws_url`` is where AWS is, / at its end."""

    api: urllib3.HTTPConnectionPool
    aws: urllib3.HTTPConnectionPool
    aws_url: str
    session: boto3.Session
    tokens: TokenSource

    @classmethod
    def connect(cls, endpoint: Endpoint, session: boto3.Session, cluster: str, region: str, aws_url: str) -> Floor:
        """Prepare the connections; nothing is sent yet."""
        context = ssl.create_default_context(cadata=endpoint.ca_pem)
        url = urlsplit(endpoint.url)
        api = urllib3.HTTPSConnectionPool(url.hostname or "", url.port, ssl_context=context, timeout=10.0)
        aws = urllib3.connection_from_url(aws_url, timeout=10.0)
        return cls(api, aws, aws_url, session, TokenSource(session, cluster, region))

    def run(self, errand: Errand) -> list[int]:
        """Send the requests one after the other; the status of each, in order."""
        again = errand.as_the_registrar
        statuses = [self._describe_cluster()] if again else []
        found = self._api("GET", PATH)
        statuses += [found.status, self._get_role(errand.role)]
        statuses.append(self._api("GET", f"{errand.bindings_path}/{errand.binding_name}").status)
        if again:
            statuses.append(self._api("GET", f"{RBAC}/clusterroles/{errand.cluster_role}").status)
        if again and errand.binding is not None:
            statuses.append(self._api("GET", f"/api/v1/namespaces/{errand.namespace}").status)
        if errand.binding is not None:
            statuses.append(self._api("POST", errand.bindings_path, errand.binding).status)
        if again:
            statuses.append(self._api("GET", errand.history_path, accept=METADATA).status)
        patch = errand.before_version + _version(found.data) + errand.behind_version
        statuses.append(self._api("PATCH", PATH, patch).status)
        if again:
            statuses.append(self._get_role(errand.role))
            statuses.append(self._api("GET", f"{errand.bindings_path}/{errand.binding_name}").status)
        return statuses

    def _api(
        self, method: str, path: str, body: str | None = None, accept: str = "application/json"
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": accept, "Authorization": f"Bearer {self.tokens.current()}"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        return self.api.request(
            method, path, body=None if body is None else body.encode(), headers=headers, retries=False
        )

    def _get_role(self, role: str) -> int:
        body = urlencode({"Action": "GetRole", "Version": "2010-05-08", "RoleName": role})
        request = AWSRequest("POST", self.aws_url, headers={"Content-Type": _FORM}, data=body)
        headers = self._signed(request, "iam", "us-east-1")
        return self.aws.request("POST", "/", body=body, headers=headers, retries=False).status

    def _describe_cluster(self) -> int:
        path = f"clusters/{self.tokens.cluster}"
        headers = self._signed(AWSRequest("GET", f"{self.aws_url}{path}"), "eks", self.tokens.region)
        return self.aws.request("GET", f"/{path}", headers=headers, retries=False).status

    def _signed(self, request: AWSRequest, service: str, region: str) -> dict[str, str]:
        credentials = self.session.get_credentials()
        assert credentials is not None  # the process is started with them
        SigV4Auth(credentials.get_frozen_credentials(), service, region).add_auth(request)
        return dict(request.headers.items())


def _version(answer: bytes) -> str:
    start = answer.index(_VERSION) + len(_VERSION)
    return answer[start : answer.index(b'"', start)].decode()
