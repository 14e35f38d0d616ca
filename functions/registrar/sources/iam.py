"""Roles as IAM tells them now: one by ``GetRole``, all by ``GetAccountAuthorizationDetails``; both return the tags.

Whether all roles of an account were read is part of the value (``WholeAccount`` or ``PartOfAccount``): a reading that
broke off can never be taken for an account in which the other roles are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from botocore.exceptions import ClientError

from registrar.eks.aws_errors import code_of, told_as_ours
from registrar.errors import Retry, Unreachable
from registrar.events import ROLE_NAME
from registrar.model import Gone, PrincipalKind, PrincipalRef, Role

# IAM API reference, GetAccountAuthorizationDetails: MaxItems is 1,000 at most; IAM may return fewer.
PAGE = 1000


@dataclass(frozen=True)
class WholeAccount:
    """Every role of an account, read to the last page."""

    account: str
    roles: Mapping[PrincipalRef, Role]

    def tell(self, ref: PrincipalRef) -> Role | Gone:
        """The role of that name; a name that is not among all roles is gone."""
        return self.roles.get(ref, Gone(ref))


@dataclass(frozen=True)
class PartOfAccount:
    """A reading of an account that broke off: it says nothing about any role. ``roles_read`` is for the message."""

    account: str
    roles_read: int
    error: Retry


AccountReading: TypeAlias = WholeAccount | PartOfAccount


class Principals(Protocol):
    """A source of principals."""

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """The principal as it is now. Raises a ``Retry`` error if it cannot be read."""

    def read_account(self, account: str) -> AccountReading:
        """All roles of an account, or how far the reading came. Never raises a ``RegistrarError``."""


@dataclass(frozen=True)
class IamRoles:
    """The roles of the account that the client's credentials belong to."""

    client: Any

    def read(self, ref: PrincipalRef) -> Role | Gone:
        """The role as IAM tells it now; ``Gone`` only on NoSuchEntity, and for a name that no role can have.

        Raises ``Throttled``, ``SourceDenied`` or ``Unreachable``.
        """
        if not ROLE_NAME.fullmatch(ref.name):
            return Gone(ref)
        with told_as_ours(f"{ref}: iam:GetRole; nothing was changed for this role"):
            try:
                found = self.client.get_role(RoleName=ref.name)["Role"]
            except ClientError as error:
                if code_of(error) == "NoSuchEntity":
                    return Gone(ref)
                raise
        _require_account(found["Arn"], ref.account, str(ref))
        return role_from(found, ref.account)

    def read_account(self, account: str) -> AccountReading:
        """All roles of the account, in pages of at most 1,000."""
        roles: dict[PrincipalRef, Role] = {}
        try:
            marker: str | None = ""
            while marker is not None:
                marker = self._read_page(account, marker, roles)
        except Retry as error:
            return PartOfAccount(account, len(roles), error)
        return WholeAccount(account, roles)

    def _read_page(self, account: str, marker: str, roles: dict[PrincipalRef, Role]) -> str | None:
        """Add one page of roles; returns the marker of the next page, ``None`` behind the last."""
        what = f"account {account}: iam:GetAccountAuthorizationDetails, after {len(roles)} roles; nothing was changed"
        with told_as_ours(what):
            page = self.client.get_account_authorization_details(
                Filter=["Role"], MaxItems=PAGE, **({"Marker": marker} if marker else {})
            )
        if "IsTruncated" not in page:
            raise Unreachable(f"{what}: the answer is not whole")
        for found in page.get("RoleDetailList", ()):
            _require_account(found["Arn"], account, f"account {account}")
            role = role_from(found, account)
            roles[role.ref] = role
        if not page["IsTruncated"]:
            return None
        # Without a marker, or with the same one again, there is more, and no way to it.
        if not page.get("Marker") or page["Marker"] == marker:
            raise Unreachable(f"{what}: IAM says that there are more roles, and not where they are")
        return str(page["Marker"])


def _require_account(arn: str, account: str, what: str) -> None:
    if arn.split(":")[4] != account:
        raise Unreachable(f"{what}: the registrar's credentials read another account ({arn}); nothing was changed")


def role_from(found: Mapping[str, Any], account: str) -> Role:
    """A role in the shape of ``GetRole`` and ``GetAccountAuthorizationDetails``."""
    return Role(
        ref=PrincipalRef(account, PrincipalKind.ROLE, found["RoleName"]),
        arn=found["Arn"],
        role_id=found["RoleId"],
        path=found["Path"],
        created=found["CreateDate"],
        # In an order of our own: that of IAM means nothing, and two readings are compared.
        tags=tuple(sorted((tag["Key"], tag["Value"]) for tag in found.get("Tags", ()))),
        trusted_services=frozenset(_trusted_services(found.get("AssumeRolePolicyDocument") or {})),
    )


def _trusted_services(document: Mapping[str, Any]) -> list[str]:
    """The service principals of the Allow statements (IAM user guide, "Principal": a text or a list)."""
    services: list[str] = []
    for statement in _listed(document.get("Statement")):
        principal = statement.get("Principal") if isinstance(statement, Mapping) else None
        if isinstance(principal, Mapping) and statement.get("Effect") == "Allow":
            services.extend(str(service) for service in _listed(principal.get("Service")))
    return services


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
