"""The access entries of a cluster as a value, with EKS's rules and the rights of the registrar's role.

Source: EKS user guide, "Create access entries"; EKS API reference, the operations on access entries. Held against
``lab.aws.eks`` by a test. Rights: ``infra/access_entry_rights.py``, as far as the mark of an entry decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab.memory.entry import STANDARD, Entry, sorted_pairs
from lab.memory.iam import Account
from lab.memory.requests import EksAnswer, EksCall, RoleRecord

ACCOUNT = "123456789012"
# As the lab's EKS has them (lab/aws/eks/access_policies.yaml), which a test says.
POLICIES = tuple(
    f"arn:aws:eks::aws:cluster-access-policy/AmazonEKS{name}Policy"
    for name in ("Admin", "AdminView", "ClusterAdmin", "Edit", "SecretReader", "View")
)
OUR_MARK = ("app.kubernetes.io/managed-by", "eks-registrar")
Params = Mapping[str, Any]


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = EksAnswer(json.dumps({"message": message}), code)


@dataclass(frozen=True)
class Eks:
    """All entries by the ARN of their principal, sorted; of one that has gone there is left how many were made.

    ``page`` is the most ARNs of a page. Where ``absence_before_rights`` a call of ours about an entry that is not there
    is told so; otherwise it is denied, for such an entry does not carry our mark. AWS documents neither.
    """

    entries: tuple[tuple[str, Entry | int], ...] = ()
    page: int = 100
    quota: int = 3_000
    absence_before_rights: bool = False

    @property
    def standing(self) -> tuple[Entry, ...]:
        """The entries that there are."""
        return tuple(entry for _, entry in self.entries if isinstance(entry, Entry))

    def find(self, arn: str) -> Entry | None:
        """The entry of a principal."""
        found = dict(self.entries).get(arn)
        return found if isinstance(found, Entry) else None

    def answer(self, asked: EksCall, iam: Account, moment: int) -> tuple[Eks, EksAnswer]:
        """What EKS is after a call, and what it says; ``moment`` is its clock, in seconds."""
        params = json.loads(asked.parameters)
        try:
            if asked.ours and not asked.reads and asked.operation != "CreateAccessEntry":
                self._require_rights(params)
            return _OPERATIONS[asked.operation](self, params, iam, moment)
        except Refused as refusal:
            return self, refusal.answer

    def _require_rights(self, params: Params) -> None:
        """Every write to an entry that is there needs our mark on it."""
        found = self._meant(params)
        if found is None and self.absence_before_rights:
            return
        if found is None or OUR_MARK not in found.tags:
            raise Refused("AccessDeniedException", "User is not authorized to perform this operation")

    def _meant(self, params: Params) -> Entry | None:
        if "resourceArn" in params:
            return next((entry for entry in self.standing if entry.own_arn == params["resourceArn"]), None)
        return self.find(params["principalArn"])

    def _there(self, params: Params) -> Entry:
        found = self._meant(params)
        if found is None:
            raise Refused("ResourceNotFoundException", "The specified principalArn could not be found.")
        return found

    def _put(self, arn: str, entry: Entry | int) -> Eks:
        return replace(self, entries=sorted_pairs({**dict(self.entries), arn: entry}))

    def _list(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        """A page of ARNs, of all entries or of those with one access policy."""
        wanted = params.get("associatedPolicyArn")
        if wanted is not None and wanted not in POLICIES:
            raise Refused("InvalidParameterException", f"The specified policyArn is invalid: {wanted}.")
        having = (entry for entry in self.standing if wanted is None or wanted in dict(entry.policies))
        shown, more = self._page([entry.arn for entry in having], params)
        return self, _said({"accessEntries": shown, **more})

    def _list_policies(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        """A page of AWS's access policies."""
        shown, more = self._page(POLICIES, params)
        found = [{"arn": arn, "name": arn.rpartition("/")[2]} for arn in shown]
        return self, _said({"accessPolicies": found, **more})

    def _page(self, ordered: Sequence[str], params: Params) -> tuple[list[str], dict[str, str]]:
        """Of sorted keys those of a page; the token of the next one is the last of this."""
        left = [key for key in ordered if key > params.get("nextToken", "")]
        shown = left[: min(self.page, params.get("maxResults", self.page))]
        return shown, {"nextToken": shown[-1]} if len(shown) < len(left) else {}

    def _describe(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        return self, _said({"accessEntry": self._there(params).shown()})

    def _policies(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        return self, _said({"associatedAccessPolicies": self._there(params).shown_policies()})

    def _create(self, params: Params, iam: Account, moment: int) -> tuple[Eks, EksAnswer]:
        arn = params["principalArn"]
        role = _principal(arn, iam)
        if role is None:
            raise Refused("InvalidParameterException", "The specified principalArn is invalid: invalid principal.")
        if self.find(arn) is not None:
            raise Refused("ResourceInUseException", "The specified access entry resource is already in use.")
        if len(self.standing) >= self.quota:
            raise Refused("ResourceLimitExceededException", f"The limit of {self.quota} access entries is reached.")
        before = dict(self.entries).get(arn, 0)
        assert isinstance(before, int)
        entry = Entry(
            arn=arn,
            role_id=role.role_id,
            made=before + 1,
            kind=params.get("type", STANDARD),
            username=params["username"],
            groups=tuple(params.get("kubernetesGroups", ())),
            tags=sorted_pairs(params.get("tags", {})),
            created=moment,
            modified=moment,
        )
        return self._put(arn, entry), _said({"accessEntry": entry.shown()})

    def _update(self, params: Params, _iam: Account, moment: int) -> tuple[Eks, EksAnswer]:
        """Username and groups; what is not given stays. It is modified by that even if nothing differs."""
        entry = self._there(params)
        username, groups = params.get("username", entry.username), params.get("kubernetesGroups", entry.groups)
        changed = replace(entry, username=username, groups=tuple(groups), modified=moment)
        return self._put(entry.arn, changed), _said({"accessEntry": changed.shown()})

    def _delete(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        """With all that is associated; the principal need not exist any more."""
        entry = self._there(params)
        return self._put(entry.arn, entry.made), _said({})

    def _associate(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        """Each policy once: again replaces its scope."""
        entry = self._there(params)
        if entry.kind != STANDARD:
            raise Refused("InvalidRequestException", f"An entry of type {entry.kind} can have no access policies")
        namespaces = tuple(params["accessScope"].get("namespaces", ()))
        policies = sorted_pairs({**dict(entry.policies), params["policyArn"]: namespaces})
        changed = replace(entry, policies=policies)
        [shown] = [one for one in changed.shown_policies() if one["policyArn"] == params["policyArn"]]
        return self._put(entry.arn, changed), _said({"associatedAccessPolicy": shown})

    def _disassociate(self, params: Params, _iam: Account, _moment: int) -> tuple[Eks, EksAnswer]:
        entry = self._there(params)
        left = {arn: namespaces for arn, namespaces in entry.policies if arn != params["policyArn"]}
        if len(left) == len(entry.policies):
            raise Refused("ResourceNotFoundException", "The access policy is not associated with the access entry.")
        return self._put(entry.arn, replace(entry, policies=sorted_pairs(left))), _said({})

    def _tag(self, params: Params, _iam: Account, moment: int) -> tuple[Eks, EksAnswer]:
        """What is not named stays as it is."""
        entry = self._meant(params)
        if entry is None:
            raise Refused("NotFoundException", "The access entry could not be found.")
        changed = replace(entry, tags=sorted_pairs({**dict(entry.tags), **params["tags"]}), modified=moment)
        return self._put(entry.arn, changed), _said({})


_Operation = Callable[[Eks, Params, Account, int], tuple[Eks, EksAnswer]]
_OPERATIONS: Mapping[str, _Operation] = {
    "ListAccessEntries": Eks._list,
    "ListAccessPolicies": Eks._list_policies,
    "DescribeAccessEntry": Eks._describe,
    "ListAssociatedAccessPolicies": Eks._policies,
    "CreateAccessEntry": Eks._create,
    "UpdateAccessEntry": Eks._update,
    "DeleteAccessEntry": Eks._delete,
    "AssociateAccessPolicy": Eks._associate,
    "DisassociateAccessPolicy": Eks._disassociate,
    "TagResource": Eks._tag,
}


def _said(document: Params) -> EksAnswer:
    return EksAnswer(json.dumps(document, sort_keys=True))


def _principal(arn: str, iam: Account) -> RoleRecord | None:
    """The role whose whole ARN, path included, this is."""
    role = dict(iam.roles).get(arn.rpartition("/")[2].lower())
    return role if role is not None and arn == f"arn:aws:iam::{ACCOUNT}:role{role.path}{role.name}" else None
