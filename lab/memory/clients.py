"""The two clients that the registrar talks through, urllib3's pool and boto3's IAM, with every request passed on.

What stands above them (``registrar.eks.client``, ``registrar.sinks``, ``registrar.sources``) is the real code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import ClientError

from lab.memory.requests import Answer, GetRole, Http, HttpAnswer, Page, Request, RoleRecord, RolesPage

Ask = Callable[[Request], Answer]


@dataclass(frozen=True)
class Response:
    """What the Kubernetes client reads of urllib3's response."""

    status: int
    data: bytes


@dataclass(frozen=True)
class Pool:
    """urllib3's ``PoolManager`` for one API server."""

    ask: Ask

    def request(self, method: str, url: str, *, body: str | None, headers: Mapping[str, str]) -> Any:
        """Send a request. A lost answer is urllib3's own error."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if method == "GET" and parts.query else parts.path
        answer = self.ask(Http(method, path, body, "as=PartialObjectMetadata" in headers["Accept"]))
        assert isinstance(answer, HttpAnswer)
        if answer.lost:
            raise urllib3.exceptions.ProtocolError("the connection was closed before the answer")
        return Response(answer.status, answer.text.encode())


@dataclass(frozen=True)
class Token:
    """A token that is good for ever."""

    def current(self) -> str:
        """The token."""
        return "k8s-aws-v1.memory"

    def forget(self) -> None:
        """Nothing to forget."""


@dataclass(frozen=True)
class IamClient:
    """boto3's client for IAM: the two reads, in their documented shapes. ``epoch`` is second 0 of the roles' clock."""

    ask: Ask
    account: str
    epoch: datetime

    def get_role(self, RoleName: str) -> Mapping[str, Any]:  # noqa: N803 - boto3's own spelling
        """One role, or NoSuchEntity."""
        found = self.ask(GetRole(RoleName))
        if not isinstance(found, RoleRecord):
            raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": f"no role {RoleName}"}}, "GetRole")
        return {"Role": self._shown(found)}

    def get_account_authorization_details(self, Marker: str = "0", **_: object) -> Mapping[str, Any]:  # noqa: N803
        """A page of all roles."""
        page = self.ask(RolesPage(int(Marker)))
        assert isinstance(page, Page)
        more = {"Marker": str(page.following)} if page.following is not None else {}
        return {"RoleDetailList": [self._shown(role) for role in page.roles], "IsTruncated": bool(more), **more}

    def _shown(self, role: RoleRecord) -> Mapping[str, Any]:
        return {
            "RoleName": role.name,
            "RoleId": role.role_id,
            "Path": role.path,
            "Arn": f"arn:aws:iam::{self.account}:role{role.path}{role.name}",
            "CreateDate": self.epoch + timedelta(seconds=role.created),
            "Tags": [{"Key": key, "Value": value} for key, value in role.tags],
            "AssumeRolePolicyDocument": {"Statement": []},
        }
