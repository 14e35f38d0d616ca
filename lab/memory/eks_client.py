"""boto3's client for EKS, as far as access entries go, with every call passed on.

What stands above it (``registrar.eks.access_entries``) is the real code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError

from lab.memory.clients import Ask
from lab.memory.requests import EksAnswer, EksCall

_TIMES = ("createdAt", "modifiedAt")


@dataclass(frozen=True)
class EksClient:
    """The client of our role or, not ``ours``, of an administrator. ``epoch`` is second 0 of EKS's clock."""

    ask: Ask
    epoch: datetime
    ours: bool = True

    def list_access_entries(self, **parameters: Any) -> dict[str, Any]:
        """A page of ARNs."""
        return self._call("ListAccessEntries", parameters)

    def list_access_policies(self, **parameters: Any) -> dict[str, Any]:
        """A page of AWS's access policies."""
        return self._call("ListAccessPolicies", parameters)

    def describe_access_entry(self, **parameters: Any) -> dict[str, Any]:
        """One entry, without its access policies."""
        return self._call("DescribeAccessEntry", parameters)

    def list_associated_access_policies(self, **parameters: Any) -> dict[str, Any]:
        """The access policies of one entry."""
        return self._call("ListAssociatedAccessPolicies", parameters)

    def create_access_entry(self, **parameters: Any) -> dict[str, Any]:
        """Make an entry."""
        return self._call("CreateAccessEntry", parameters)

    def update_access_entry(self, **parameters: Any) -> dict[str, Any]:
        """Change its username and groups."""
        return self._call("UpdateAccessEntry", parameters)

    def delete_access_entry(self, **parameters: Any) -> dict[str, Any]:
        """Delete it."""
        return self._call("DeleteAccessEntry", parameters)

    def associate_access_policy(self, **parameters: Any) -> dict[str, Any]:
        """Associate a policy, or give it another scope."""
        return self._call("AssociateAccessPolicy", parameters)

    def disassociate_access_policy(self, **parameters: Any) -> dict[str, Any]:
        """Part it from the entry."""
        return self._call("DisassociateAccessPolicy", parameters)

    def tag_resource(self, **parameters: Any) -> dict[str, Any]:
        """Set tags of an entry, by its own ARN."""
        return self._call("TagResource", parameters)

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        sent = {name: value for name, value in parameters.items() if name != "clusterName"}
        answer = self.ask(EksCall(operation, json.dumps(sent, sort_keys=True), self.ours))
        assert isinstance(answer, EksAnswer)
        if answer.lost:
            raise ConnectionClosedError(endpoint_url="https://eks.memory.invalid")
        document: dict[str, Any] = json.loads(answer.text)
        if answer.code:
            raise ClientError({"Error": {"Code": answer.code, "Message": document["message"]}}, operation)
        if entry := document.get("accessEntry"):
            entry.update({name: self.epoch + timedelta(seconds=entry[name]) for name in _TIMES})
        return document
