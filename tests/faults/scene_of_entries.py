"""The same situation where access is written as entries, alone (API) or with rows beside them (API_AND_CONFIG_MAP).

What is taken from the ``leaver`` differs, so that both ways of a revocation are met: in API it keeps one group of
three rights, in API_AND_CONFIG_MAP with nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scene import AWS_AUTH, TAG, Scene, Seen, create_role, event, make_places, our_bindings

from lab.local_eks import LocalEks
from lab.settings import ACCOUNT, API, CLUSTER
from registrar.marks import MANAGED_BY

GRANTS = {
    "resident": "view",
    "asker": "edit@payments policy=AmazonEKSViewPolicy@payments",
    "leaver": "view@archive group=oncall policy=AmazonEKSViewPolicy@archive",
}
LEFT = "group=oncall"
OUTSIDER = "outsider"  # a role with an access entry that is not ours


@dataclass(frozen=True)
class SceneOfEntries:
    """The situation in a lab.

    Attributes:
        base: everything but the entries.
        entries: the resident's and the leaver's, as they are in the beginning.
        mode: the cluster's authentication mode.

    """

    base: Scene
    entries: Mapping[str, Mapping[str, Any]]
    mode: str

    @classmethod
    def built(cls, lab: LocalEks, tell: Callable[[Mapping[str, Any]], None]) -> SceneOfEntries:
        """Build it once; ``tell`` tells the registrar of events, undisturbed: it makes the two entries."""
        make_places(lab)
        for role, grants in {**GRANTS, OUTSIDER: None}.items():
            create_role(lab, role, grants)
        eks = lab.aws.client("eks")
        eks.create_access_entry(
            clusterName=CLUSTER, principalArn=_arn(OUTSIDER), username="by-hand", kubernetesGroups=["some"]
        )
        tell({role: cls.granting(role) for role in ("resident", "leaver")})
        alone = lab.mode == API
        if not alone:
            _put_rows(lab)
        first_day = None if alone else lab.api.request("GET", AWS_AUTH).body
        made = cls(Scene(lab, first_day, our_bindings(lab)), _entries(lab)[0], lab.mode)
        _take(lab, alone=alone)
        return made

    def set(self, *, foreign_is_new: bool = False) -> Seen:
        """Put everything back to the moment before the invocation; what stands then.

        Entries are made anew or changed: each has been in effect for a moment only, so that its row still stands.
        """
        self.base.set(foreign_is_new=foreign_is_new)
        eks, standing = self.base.lab.aws.client("eks"), _entries(self.base.lab)[0]
        for role in standing.keys() - self.entries.keys():
            eks.delete_access_entry(clusterName=CLUSTER, principalArn=_arn(role))
        for role, entry in self.entries.items():
            self._put(eks, role, entry, standing.get(role))
        return self.seen()

    def _put(self, eks: Any, role: str, entry: Mapping[str, Any], standing: Mapping[str, Any] | None) -> None:
        named = {"clusterName": CLUSTER, "principalArn": _arn(role)}
        form = {"username": entry["username"], "kubernetesGroups": entry["groups"]}
        if standing == entry:
            eks.update_access_entry(**named, **form)
            return
        if standing is not None:
            eks.delete_access_entry(**named)
        eks.create_access_entry(**named, **form, type="STANDARD", tags=entry["tags"])
        for policy, namespaces in entry["policies"].items():
            eks.associate_access_policy(
                **named, policyArn=policy, accessScope={"type": "namespace", "namespaces": namespaces}
            )

    def seen(self) -> Seen:
        """What stands now."""
        ours, foreign = _entries(self.base.lab)
        return replace(self.base.seen(), entries=ours, foreign_entries=foreign)

    @staticmethod
    def granting(role: str) -> dict[str, Any]:
        """A TagRole event with our key, of just now."""
        return event("TagRole", role, tags=[{"key": TAG, "value": GRANTS[role]}])

    def revoking(self) -> dict[str, Any]:
        """The event of what was taken from the leaver, of just now."""
        if self.mode == API:
            return event("TagRole", "leaver", tags=[{"key": TAG, "value": LEFT}])
        return event("UntagRole", "leaver", tagKeys=[TAG])


def _take(lab: LocalEks, *, alone: bool) -> None:
    """Take from the leaver what the event will tell of."""
    iam = lab.aws.client("iam")
    if alone:
        iam.tag_role(RoleName="leaver", Tags=[{"Key": TAG, "Value": LEFT}])
    else:
        iam.untag_role(RoleName="leaver", TagKeys=[TAG])


def _put_rows(lab: LocalEks) -> None:
    """Give the resident and the leaver the rows that they had before the cluster knew entries."""
    groups = {"leaver": '"eks-registrar:view@archive", "oncall"', "resident": '"eks-registrar:view"'}
    rows = (
        f'- {{"rolearn": "{_arn(role)}", "username": "eks-registrar:{ACCOUNT}:role/{role}:{{{{SessionName}}}}", '
        f'"groups": [{of_role}]}}\n'
        for role, of_role in groups.items()
    )
    found = lab.api.request("GET", AWS_AUTH).body
    data = {"mapRoles": "".join(rows) + found["data"]["mapRoles"]}
    lab.api.request("PATCH", AWS_AUTH, {"data": data}, "application/merge-patch+json")


def _entries(lab: LocalEks) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our access entries by the name of their role, and those of others, whole, by their principal."""
    eks, ours, foreign = lab.aws.client("eks"), dict[str, Any](), dict[str, Any]()
    for page in eks.get_paginator("list_access_entries").paginate(clusterName=CLUSTER):
        for arn in page["accessEntries"]:
            named = {"clusterName": CLUSTER, "principalArn": arn}
            entry = eks.describe_access_entry(**named)["accessEntry"]
            listed = eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
            if entry["tags"].get(MANAGED_BY) == "eks-registrar":
                ours[arn.rpartition("/")[2]] = _given(entry, listed)
            else:
                foreign[arn] = (entry, listed)
    return ours, foreign


def _given(entry: Mapping[str, Any], policies: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What an entry gives, without its times."""
    return {
        "username": entry["username"],
        "groups": sorted(entry["kubernetesGroups"]),
        "tags": dict(entry["tags"]),
        "policies": {one["policyArn"]: sorted(one["accessScope"]["namespaces"]) for one in policies},
    }


def _arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"
