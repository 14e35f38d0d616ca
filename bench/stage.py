"""What is measured on: a local EKS whose aws-auth holds 500 foreign rows, and roles that ask for access to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from lab import day_one
from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.settings import ACCOUNT, CLUSTER
from registrar.marks import MANAGED_BY, row_for
from registrar.model import Row
from registrar.sinks.aws_auth import PATH
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from registrar.sinks.rbac import RBAC
from registrar.sources.iam import role_from

FOREIGN_ROWS = 500
NAMESPACE = "bench"
GRANT = f"edit@{NAMESPACE}"
PLAIN, BY_HAND = "plain", "by hand"
_SAMPLE = Path(__file__).parents[1] / "events" / "create-role-with-tags.json"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Asking:
    """A role that asks for ``GRANT`` by its tag, and the row that it will have."""

    name: str
    row: Row

    @property
    def group(self) -> str:
        """The one group of its row."""
        return self.row.groups[0]

    def event(self, name: str = "CreateRole") -> dict[str, Any]:
        """The event that tells of it, as of now."""
        event: dict[str, Any] = json.loads(_SAMPLE.read_text())
        event["detail"]["eventName"] = name
        event["detail"]["requestParameters"] = {"roleName": self.name}
        event["time"] = event["detail"]["eventTime"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return event


@dataclass
class Stage:
    """A lab with its 500 foreign rows."""

    lab: LocalEks
    _made: int = 0

    @classmethod
    def set(cls, lab: LocalEks) -> Stage:
        """Make the namespace and put the foreign rows into aws-auth."""
        lab.kubectl("create", "namespace", NAMESPACE)
        stage = cls(lab)
        stage.clear()
        return stage

    def asking(self, count: int = 1) -> list[Asking]:
        """New roles, tagged, that the registrar does not know yet."""
        return [self._create() for _ in range(count)]

    def untag(self, asking: Asking) -> None:
        """Take the tag away."""
        self.lab.aws.client("iam").untag_role(RoleName=asking.name, TagKeys=[f"eks-registrar/{CLUSTER}"])

    def clear(self, keep_binding: bool = False, style: str = PLAIN) -> None:
        """Put aws-auth back to the foreign rows alone, and drop the binding of ``GRANT`` unless it is to be kept."""
        body = {"data": {"mapRoles": foreign_rows(style)}}
        self._done("PATCH", PATH, body, "application/merge-patch+json")
        if not keep_binding:
            selector = f"labelSelector={MANAGED_BY}%3D{self.lab.policy.installation}"
            self._done("DELETE", f"{RBAC}/namespaces/{NAMESPACE}/rolebindings?{selector}")

    def patch_for(self, asking: Asking, style: str) -> tuple[str, str]:
        """The merge patch that adds the role's row, before and behind the place of the version."""
        marks = self.lab.policy.marks
        text = write_map_roles(read_map_roles(foreign_rows(style), marks), [asking.row], marks)
        return '{"metadata":{"resourceVersion":"', f'"}},"data":{{"mapRoles":{json.dumps(text)}}}}}'

    def _create(self) -> Asking:
        self._made += 1
        name = f"bench-{self._made:04d}"
        found = self.lab.aws.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Tags=[{"Key": f"eks-registrar/{CLUSTER}", "Value": GRANT}],
        )["Role"]
        installation = self.lab.policy.installation
        return Asking(name, row_for(role_from(found, ACCOUNT), (f"{installation}:{GRANT}",), installation))

    def _done(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> None:
        answer = self.lab.api.request(method, path, body, content_type)
        if answer.status != 200:
            raise LabError(f"the API server answered {answer.status} to {method} {path}: {answer.message}")


def foreign_rows(style: str) -> str:
    """``mapRoles`` with 500 foreign rows, those of the cluster's first day among them.

    ``PLAIN`` is how tools write it (eksctl, EKS itself). ``BY_HAND`` has the first day's rows as people left them:
    with comments behind values and a list in brackets.
    """
    first_day: Any = day_one.aws_auth()
    by_hand = first_day["data"]["mapRoles"]
    rows = yaml.safe_load(by_hand)
    missing = range(FOREIGN_ROWS - len(rows))
    return (by_hand if style == BY_HAND else yaml.safe_dump(rows)) + "".join(map(_foreign_row, missing))


def _foreign_row(number: int) -> str:
    return (
        f"- groups:\n  - team-{number:03d}\n  - developers\n"
        f"  rolearn: arn:aws:iam::{ACCOUNT}:role/team-{number:03d}-developer\n"
        f"  username: team-{number:03d}:{{{{SessionName}}}}\n"
    )
