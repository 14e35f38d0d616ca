"""A cluster as it is: aws-auth by the caller's kubeconfig, its principals by IAM, its entries by EKS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from registrar.eks.access_entries import EntriesApi
from registrar.eks_terms import CONFIG_MAP
from registrar.kubectl import Object
from registrar.marks import Marks
from registrar.migration.arns import Named, named
from registrar.migration.kubectl_door import KubectlDoor
from registrar.migration.model import Absent, AuthRow, Facts, Found, Request, Standing, Unread
from registrar.migration.plan import Migration, migration
from registrar.migration.principals import IamPrincipals
from registrar.migration.rows import read_rows
from registrar.policy import Cluster
from registrar.sinks.role_mapping import without_role_path


@dataclass(frozen=True)
class Scene:
    """A cluster and the ways to it. ``mode`` is its authentication mode, ``say`` is told what is read."""

    cluster: Cluster
    marks: Marks
    mode: str
    door: KubectlDoor
    api: EntriesApi
    principals: IamPrincipals
    say: Callable[[str], None]

    def look(self, request: Request) -> View:
        """Read all of it and plan.

        Raises ``AwsAuthUnreadable``, ``KubectlFailed``, and what EKS and IAM raise when they are read.
        """
        aws_auth = self.door.aws_auth()
        data = {str(key): str(value) for key, value in ((aws_auth or {}).get("data") or {}).items()}
        rows = read_rows(data)
        self.say(f"reading the principals of {len(rows.counting)} rows")
        facts = {row: self._facts(row) for row in rows.counting}
        bridged = self.door.bridged()
        return View(aws_auth, data, migration(self.cluster, self.marks, self.mode, request, rows, facts, bridged))

    def standing(self, arn: str) -> Standing | None:
        """The access entry of a principal; ``arn`` is its whole ARN."""
        if self.mode == CONFIG_MAP:
            return None  # EKS refuses even to list them
        found = self.api.read(arn)
        if found is None:
            return None
        return Standing(found.kind, found.username, found.groups, found.policies, found.created)

    def has_entry(self, arn: str) -> bool:
        """Whether a principal that has no row (any more) has an access entry; ``arn`` may lack a role's path."""
        form = named(without_role_path(arn))
        principal = self.principals.find(form) if isinstance(form, Named) else None
        return isinstance(principal, Found) and self.standing(principal.arn) is not None

    def _facts(self, row: AuthRow) -> Facts:
        if row.mapping.sso is not None:
            return Facts(Absent(), candidates=self.principals.of_permission_set(row.mapping.sso))
        form = named(row.arn)
        if not isinstance(form, Named):
            return Facts(Absent())
        principal = self.principals.find(form)
        if isinstance(principal, Found):
            return Facts(principal, self.standing(principal.arn))
        # Without a path, as most are, it is found all the same; with one nobody can tell.
        return Facts(principal, self.standing(row.arn) if isinstance(principal, Unread) else None)


@dataclass(frozen=True)
class View:
    """aws-auth as an object (``None`` where there is none) and its ``data``, and the plan that came of it."""

    aws_auth: Object | None
    data: dict[str, str]
    plan: Migration
