"""The access entries of one cluster, as EKS's API knows them: what is read, and each single write.

What EKS refuses is told as one of our errors. The rules stand in the EKS user guide ("Grant IAM users access to
Kubernetes with EKS access entries"), the codes in the API reference of each operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import ClientError

from registrar.eks.aws_errors import code_of, told_as_ours
from registrar.eks.entry import AccessEntry, entry_of, grants_of
from registrar.eks_terms import STANDARD, access_policy_arn
from registrar.errors import (
    ClusterMissing,
    EntryAbsent,
    EntryDenied,
    EntryRefused,
    NotYetVisible,
    RegistrarError,
    SourceDenied,
    TooLarge,
    WriteConflict,
)
from registrar.grants import Grant
from registrar.partitions import partition_of
from registrar.policy import Cluster

PAGE: Final = 100
"""Most results that a page of EKS's lists has."""

REFUSED: Final[Mapping[str, type[RegistrarError]]] = {
    "ResourceInUseException": WriteConflict,
    "ResourceLimitExceededException": TooLarge,
    "InvalidParameterException": EntryRefused,
    "InvalidRequestException": EntryRefused,
}


@dataclass(frozen=True)
class EntriesApi:
    """EKS's operations on the access entries of one cluster; ``client`` is boto3's for EKS in the cluster's region.

    Every call may raise ``Throttled``, ``SourceDenied`` or ``Unreachable``.
    """

    client: Any
    cluster: Cluster

    @property
    def partition(self) -> str:
        """The partition of the cluster, and of the ARNs in it."""
        return partition_of(self.cluster.region)

    def arns(self, policy_arn: str | None = None) -> tuple[str, ...]:
        """The principals of all entries, whoever made them, or of those only that have an access policy.

        A list that broke off is an error, never a short list.
        """
        having = {} if policy_arn is None else {"associatedPolicyArn": policy_arn}
        return tuple(self._pages("list_access_entries", "accessEntries", {"maxResults": PAGE, **having}))

    def access_policies(self) -> tuple[str, ...]:
        """The ARNs of all access policies that there are: those that can be associated (AssociateAccessPolicy)."""
        with told_as_ours(self._what(_OF_NO_CLUSTER, "all policies"), REFUSED):
            return tuple(one["arn"] for one in self._pages(_OF_NO_CLUSTER, "accessPolicies", {"maxResults": PAGE}))

    def read(self, arn: str) -> AccessEntry | None:
        """One entry with its access policies, ``None`` if there is none."""
        entry = self.describe(arn)
        return None if entry is None else self.with_policies(entry)

    def with_policies(self, entry: AccessEntry) -> AccessEntry | None:
        """The same entry with its access policies, ``None`` if it has gone since."""
        if entry.kind != STANDARD:
            return entry  # no other kind can have any (AssociateAccessPolicy)
        try:
            return replace(entry, policies=self.policies(entry.arn))
        except EntryAbsent:
            return None

    def describe(self, arn: str) -> AccessEntry | None:
        """One entry without its access policies, ``None`` if there is none."""
        try:
            return entry_of(self._read("describe_access_entry", "accessEntry", {"principalArn": arn})["accessEntry"])
        except EntryAbsent:
            return None

    def policies(self, arn: str) -> tuple[Grant, ...]:
        """The access policies of an entry. Raises ``EntryAbsent``."""
        listed = self._pages("list_associated_access_policies", "associatedAccessPolicies", {"principalArn": arn})
        found = (grant for one in listed for grant in grants_of(one))
        return tuple(sorted(found, key=lambda grant: grant.text))

    def create(self, arn: str, username: str, groups: Sequence[str], tags: Mapping[str, str]) -> None:
        """Make a STANDARD entry.

        Raises ``WriteConflict`` if there is one already, ``NotYetVisible`` if EKS does not find the principal (one that
        was made just now takes some seconds), ``TooLarge``, ``EntryDenied``, ``EntryRefused``.
        """
        tagged = {"tags": dict(tags)} if tags else {}  # EKS refuses an empty TagMap
        wanted = {"type": STANDARD, "username": username, "kubernetesGroups": list(groups), **tagged}
        try:
            self._write("create_access_entry", "accessEntry", arn, **wanted)
        except EntryAbsent as error:
            raise ClusterMissing(str(error)) from error

    def update(self, arn: str, username: str, groups: Sequence[str]) -> None:
        """Give an entry a username and groups, both always sent.

        Raises ``WriteConflict`` if it has gone, ``EntryDenied``, ``EntryRefused``.
        """
        self._change("update_access_entry", "accessEntry", arn, username=username, kubernetesGroups=list(groups))

    def delete(self, arn: str) -> None:
        """Delete an entry and all that is associated with it; one that has gone is no error.

        Its answer is empty, as is what botocore makes of anybody's 200: so it is looked at once more. Raises
        ``EntryDenied``, and ``WriteConflict`` if there is an entry still, or again.
        """
        denied: EntryDenied | None = None
        try:
            self._write("delete_access_entry", None, arn)
        except EntryAbsent:
            return
        except EntryDenied as error:
            # The right needs our mark on the entry; of one that has gone EKS may say so before it says "not found".
            denied = error
        if self.describe(arn) is not None:
            raise denied or WriteConflict(f"{self._what('delete_access_entry', arn)}: it is there still, or again")

    def associate(self, arn: str, policy: str, namespaces: Sequence[str]) -> None:
        """Associate an access policy, or give it another scope; without ``namespaces`` for the whole cluster.

        Raises ``WriteConflict`` if the entry has gone, ``EntryDenied``, ``EntryRefused``.
        """
        scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
        named = {"policyArn": self.policy_arn(policy), "accessScope": scope}
        self._change("associate_access_policy", "associatedAccessPolicy", arn, **named)

    def disassociate(self, arn: str, policy: str) -> None:
        """Part an access policy from an entry; one that is not there is no error.

        Raises ``EntryDenied``, and ``WriteConflict`` if it is there still, or again (see ``delete``).
        """
        try:
            self._write("disassociate_access_policy", None, arn, policyArn=self.policy_arn(policy))
            left = self.policies(arn)
        except EntryAbsent:
            return
        if any(grant.name == policy for grant in left):
            raise WriteConflict(f"{self._what('disassociate_access_policy', arn)}: {policy} is there still, or again")

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags of the entry of a principal. Raises ``WriteConflict`` if it has gone, ``EntryDenied``."""
        what, entry = self._what("tag_resource", arn), self.describe(arn)
        if entry is None:
            raise WriteConflict(f"{what}: the entry was deleted between our read and our write")
        try:
            with told_as_ours(what, {**REFUSED, "NotFoundException": WriteConflict}):
                self.client.tag_resource(resourceArn=entry.own_arn, tags=dict(tags))
        except SourceDenied as error:
            raise EntryDenied(f"{error}. {_DEPLOY}") from error
        marked = self.describe(arn)
        if marked is None or any(marked.tags.get(key) != value for key, value in tags.items()):
            raise WriteConflict(f"{what}: the tags are not there, or not any more")

    def policy_arn(self, name: str) -> str:
        """The ARN of an access policy in the cluster's partition."""
        return access_policy_arn(self.partition, name)

    def _change(self, operation: str, key: str, arn: str, **parameters: Any) -> None:
        try:
            self._write(operation, key, arn, **parameters)
        except EntryAbsent as error:
            raise WriteConflict(f"{error}; it was deleted between our read and our write") from error

    def _write(self, operation: str, key: str | None, arn: str, **parameters: Any) -> None:
        try:
            self._call(operation, key, {"principalArn": arn, **parameters})
        except SourceDenied as error:
            raise EntryDenied(f"{error}. {_DEPLOY}") from error
        except EntryRefused as error:
            if "invalid principal" not in str(error):
                raise
            raise NotYetVisible(f"{error} If it was made just now, EKS finds it in some seconds") from error

    def _pages(self, operation: str, key: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """The items of a list, each page a call of its own, with an end of its own."""
        asked = dict(query)
        while True:
            page = self._read(operation, key, asked)
            yield from page[key]
            if not page.get("nextToken"):
                return
            asked["nextToken"] = page["nextToken"]

    def _read(self, operation: str, key: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call that reads. "Could not read" is never "there is none": a stack of before may lack the right."""
        try:
            return self._call(operation, key, query)
        except SourceDenied as error:
            raise SourceDenied(f"{error}. {_DEPLOY_READS}") from error

    def _call(self, operation: str, key: str | None, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call; the answer has ``key``. Raises ``EntryAbsent``, ``ClusterMissing``."""
        what = self._what(operation, query.get("principalArn", "all principals"))
        where = {} if operation == _OF_NO_CLUSTER else {"clusterName": self.cluster.name}
        with told_as_ours(what, REFUSED):
            try:
                answer: Mapping[str, Any] = getattr(self.client, operation)(**where, **query)
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
                # Of a cluster that is gone, and of an entry that is gone, EKS says the same code.
                gone = ClusterMissing if "No cluster found" in str(error) else EntryAbsent
                raise gone(f"{what}: {error}") from error
            if key is not None and key not in answer:
                raise KeyError(key)
            return answer

    def _what(self, operation: str, arn: str) -> str:
        name = "".join(word.title() for word in operation.split("_"))
        return f"cluster {self.cluster.tag}: eks:{name} for {arn}; nothing was done by it"


_OF_NO_CLUSTER: Final = "list_access_policies"
_DEPLOY: Final = (
    "If registrar.yaml names a group or an access policy that it did not name before, or another place for one, the "
    "function's role gets the right to it by the next `cdk deploy`"
)

_DEPLOY_READS: Final = (
    "The next `cdk deploy` gives the function's role the right to read access entries, if its stack is older than that"
)
