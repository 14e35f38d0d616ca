"""The principals of rows as IAM has them, in the account of the caller's credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from registrar.eks.aws_errors import code_of, told_as_ours
from registrar.migration.arns import Named
from registrar.migration.model import Absent, Found, Principal, Unread
from registrar.model import SSO_PATH
from registrar.sinks.role_mapping import SsoMatcher

_READS: Mapping[str, tuple[str, str, str]] = {
    "role": ("get_role", "RoleName", "Role"),
    "user": ("get_user", "UserName", "User"),
}


@dataclass(frozen=True)
class IamPrincipals:
    """Roles and users of one account; ``client`` is boto3's for IAM with credentials of it.

    Every call may raise ``Throttled``, ``SourceDenied`` or ``Unreachable``.
    """

    client: Any
    account: str

    def find(self, one: Named) -> Principal:
        """A role or user, with the path of its ARN: a row has a role's without."""
        if one.account != self.account:
            return Unread(
                f"it is of account {one.account}, and your credentials are of {self.account}: the path of its ARN "
                "cannot be read. Make its entry by hand, with its whole ARN"
            )
        operation, parameter, key = _READS[one.kind]
        with told_as_ours(f"iam:{operation} {one.name}; nothing was written"):
            try:
                found = getattr(self.client, operation)(**{parameter: one.name})[key]
            except ClientError as error:
                if code_of(error) == "NoSuchEntity":
                    return Absent()
                raise
            return Found(found["Arn"], found["CreateDate"])

    def of_permission_set(self, sso: SsoMatcher) -> tuple[str, ...]:
        """The ARNs of the roles that Identity Center has made for a permission set in this account."""
        if sso.account != self.account:
            return ()
        with told_as_ours(f"iam:ListRoles under {SSO_PATH}; nothing was written"):
            pages = self.client.get_paginator("list_roles").paginate(PathPrefix=SSO_PATH)
            roles = [role for page in pages for role in page["Roles"]]
        wanted = f"AWSReservedSSO_{sso.permission_set}_".lower()
        return tuple(sorted(role["Arn"] for role in roles if role["RoleName"].lower().startswith(wanted)))
