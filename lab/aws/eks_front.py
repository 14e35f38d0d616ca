"""EKS as the lab answers it: clusters are moto's, access entries and the authentication mode are the lab's own."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab.aws.authorization import denial, refused
from lab.aws.caller import Caller
from lab.aws.eks import associations, calls, dynamic_file, tags
from lab.aws.eks.behaviour import Behaviour
from lab.aws.eks.calls import Call
from lab.aws.eks.cluster import Cluster, ClusterKey
from lab.aws.eks.entries import AccessEntries
from lab.aws.eks.errors import EksError
from lab.aws.eks.rights import questions
from lab.aws.eks.updates import Updates
from lab.aws.facts import ClusterFacts
from lab.aws.wire import Request, Response
from lab.ports import LOOPBACK

_AT_HOME = frozenset({LOOPBACK, "localhost"})
_OF_ENTRIES = "access-entry/"
_NAMING_A_POLICY = frozenset({"AssociateAccessPolicy", "ListAccessEntries"})


@dataclass
class EksFront:
    """EKS of all accounts and regions. Safe to use from several threads."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _entries: dict[ClusterKey, AccessEntries] = field(default_factory=dict, repr=False)
    _updates: dict[ClusterKey, Updates] = field(default_factory=dict, repr=False)

    def feed(self, facts: ClusterFacts) -> None:
        """Let the parts of a cluster follow it: the authenticator's file, and who runs the authenticator."""
        key = ClusterKey(facts.account, facts.region, facts.name)
        if facts.dynamic_file:
            dynamic_file.keep_written(Path(facts.dynamic_file), self.entries(key).in_effect)
        if facts.mode_file:
            self._updates[key] = Updates(Path(facts.mode_file))

    def entries(self, key: ClusterKey) -> AccessEntries:
        """The access entries of a cluster."""
        with self._lock:
            return self._entries.setdefault(key, AccessEntries(key, lambda: self.behaviour))

    def updates(self, key: ClusterKey) -> Updates:
        """The updates of a cluster."""
        with self._lock:
            return self._updates.setdefault(key, Updates(None))

    def end_update(self, body: bytes) -> Response:
        """The hook by which an update ends: ``{account, region, name, update, error}``."""
        told = json.loads(body)
        key = ClusterKey(told["account"], told["region"], told["name"])
        self.updates(key).end(Cluster.find("UpdateClusterConfig", key), told["update"], told["error"])
        return Response(200, (), b"ok")

    def behave(self, body: bytes) -> Response:
        """The hook by which a test chooses EKS's behaviour."""
        self.behaviour = Behaviour.decode(body)
        return Response(200, (), b"ok")

    def denial(self, request: Request, caller: Caller, region: str, action: str) -> str | None:
        """AWS's sentence for a call that the caller may not make, or None if they may, or if it has no right form."""
        try:
            call = calls.read(request)
        except EksError:
            return denial(caller, action)
        if call is None or not self._is_ours(call):
            return denial(caller, action)
        key = self._key(call, caller, region)
        entry = self._entry(call, key)
        about_an_entry = call.operation in _ON_ENTRIES | _TAGGING and call.operation != "CreateAccessEntry"
        if about_an_entry and entry is None and self.behaviour.absence_before_rights:
            return None
        told = (refused(caller, question) for question in questions(call, key, entry, self.behaviour))
        return next((text for text in told if text), None)

    def answer(self, request: Request, caller: Caller, region: str, ask_moto: Callable[[], Response]) -> Response:
        """EKS's answer. The API server has the name in it under which the caller reached AWS.

        A container cannot reach 127.0.0.1 of its host, a process of the host does not know ``host.docker.internal``:
        each is told its own. The API server's certificate holds both.
        """
        cluster = None
        try:
            call = calls.read(request)
            if call is None or not self._is_ours(call):
                return _at(request.host, ask_moto())
            cluster = call.cluster
            if call.operation == "DescribeCluster":
                Cluster.find(call.operation, self._key(call, caller, region)).settle()
                return _at(request.host, ask_moto())
            return _answered(self._do(call, self._key(call, caller, region)))
        except EksError as error:
            return error.response(cluster)

    def _do(self, call: Call, key: ClusterKey) -> dict[str, Any]:
        operation, params = call.operation, call.params
        if operation == "ListAccessPolicies":
            return associations.policies(params, key.partition)
        entries, updates = self.entries(key), self.updates(key)
        if operation in _TAGGING:
            return _TAGGING[operation](entries, params)
        cluster = Cluster.find(operation, key)
        if operation == "UpdateClusterConfig":
            return updates.begin(cluster, params)
        if operation in _ON_UPDATES:
            return _ON_UPDATES[operation](updates, params)
        cluster.require_access_entries()
        if operation in _NAMING_A_POLICY:
            associations.require_known(operation, params, key.partition)
        return _ON_ENTRIES[operation](entries, params)

    def _is_ours(self, call: Call) -> bool:
        """Not so: the tags of anything but an access entry, and other changes of a cluster than of its mode."""
        if call.operation in _TAGGING:
            return f":{_OF_ENTRIES}" in call.params["resourceArn"]
        return call.operation != "UpdateClusterConfig" or "accessConfig" in call.params

    def _key(self, call: Call, caller: Caller, region: str) -> ClusterKey:
        resource = call.params.get("resourceArn")
        name = resource.partition(_OF_ENTRIES)[2].partition("/")[0] if resource else call.cluster
        return ClusterKey(caller.account, region, name or "")

    def _entry(self, call: Call, key: ClusterKey) -> Any:
        if "resourceArn" in call.params:
            return self.entries(key).by_arn(call.params["resourceArn"])
        principal = call.params.get("principalArn")
        return self.entries(key).find(principal) if principal else None


_TAGGING: dict[str, Callable[[AccessEntries, Mapping[str, Any]], dict[str, Any]]] = {
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "ListTagsForResource": tags.shown,
}
_ON_UPDATES: dict[str, Callable[[Updates, Mapping[str, Any]], dict[str, Any]]] = {
    "DescribeUpdate": Updates.describe,
    "ListUpdates": Updates.list,
}
_ON_ENTRIES: dict[str, Callable[[AccessEntries, Mapping[str, Any]], dict[str, Any]]] = {
    "CreateAccessEntry": AccessEntries.create,
    "DescribeAccessEntry": lambda entries, params: {
        "accessEntry": entries.get("DescribeAccessEntry", params["principalArn"]).shown()
    },
    "ListAccessEntries": AccessEntries.list,
    "UpdateAccessEntry": AccessEntries.update,
    "DeleteAccessEntry": AccessEntries.delete,
    "AssociateAccessPolicy": associations.associate,
    "DisassociateAccessPolicy": associations.disassociate,
    "ListAssociatedAccessPolicies": associations.listed,
}


def _answered(document: Mapping[str, Any]) -> Response:
    return Response(200, (("Content-Type", "application/json"),), json.dumps(document).encode())


def _at(host: str, response: Response) -> Response:
    if host in _AT_HOME or response.status != 200:
        return response
    there = response.body.replace(f"https://{LOOPBACK}:".encode(), f"https://{host}:".encode())
    return replace(response, body=there)
