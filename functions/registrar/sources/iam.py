"""Roles as IAM tells them now: ``GetRole`` returns tags and trust policy in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from registrar.eks.aws_errors import code_of, told_as_ours
from registrar.errors import Unreachable
from registrar.model import Gone, PrincipalKind, PrincipalRef, Role


class Principals(Protocol):
    """A source of principals."""

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """The principal as it is now. Raises a ``Retry`` error if it cannot be read."""


@dataclass(frozen=True)
class IamRoles:
    """The roles of the account that the client's credentials belong to."""

    client: Any

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """The role as IAM tells it now; ``Gone`` only on NoSuchEntity.

        Raises ``Throttled``, ``SourceDenied`` or ``Unreachable``.
        """
        with told_as_ours(f"{ref}: iam:GetRole; nothing was changed for this role"):
            try:
                found = self.client.get_role(RoleName=ref.name)["Role"]
            except ClientError as error:
                if code_of(error) == "NoSuchEntity":
                    return Gone(ref)
                raise
        if found["Arn"].split(":")[4] != ref.account:
            raise Unreachable(
                f"{ref}: the registrar's credentials read another account ({found['Arn']}); nothing was changed"
            )
        return role_from(found, ref.account)


def role_from(found: Mapping[str, Any], account: str) -> Role:
    """A role in the shape of ``GetRole`` and ``GetAccountAuthorizationDetails``."""
    return Role(
        ref=PrincipalRef(account, PrincipalKind.ROLE, found["RoleName"]),
        arn=found["Arn"],
        role_id=found["RoleId"],
        path=found["Path"],
        created=found["CreateDate"],
        tags=tuple((tag["Key"], tag["Value"]) for tag in found.get("Tags", ())),
        trusted_services=frozenset(_trusted_services(found.get("AssumeRolePolicyDocument") or {})),
    )


def _trusted_services(document: Mapping[str, Any]) -> list[str]:
    """The service principals of the Allow statements (IAM user guide, "Principal": a text or a list)."""
    services: list[str] = []
    for statement in _listed(document.get("Statement")):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(principal, Mapping):
            services.extend(str(service) for service in _listed(principal.get("Service")))
    return services


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
