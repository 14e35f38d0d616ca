"""Who makes a request, and the key that proves it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SessionIssuer:
    """The role behind an assumed-role session: its RoleId (``AROA…``), full ARN with path, and name."""

    role_id: str
    arn: str
    name: str


@dataclass(frozen=True)
class Caller:
    """An authenticated principal, as `sts:GetCallerIdentity` and CloudTrail describe it.

    Attributes:
        account: 12 digits.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
        arn: ``arn:…:iam::…:user/…`` (path included) or ``arn:…:sts::…:assumed-role/NAME/SESSION`` (no path).
        user_id: ``AIDA…`` of a user, ``AROA…:SESSION`` of a session.
        access_key_id: the key that signed.
        user_name: of a user, else None.
        issuer: of a session, else None.
        since: when the session began, else None.
        invoked_by: the AWS service that calls on its own behalf, such as ``sso.amazonaws.com``.

    """

    account: str
    partition: str
    arn: str
    user_id: str
    access_key_id: str
    user_name: str | None = None
    issuer: SessionIssuer | None = None
    since: datetime | None = None
    invoked_by: str | None = None


@dataclass(frozen=True)
class IssuedKey:
    """A key pair that moto issued.

    Attributes:
        secret: the secret access key; never logged, never shown by ``repr``.
        session_token: of temporary credentials, else None.
        expires: when temporary credentials end (UTC), else None.
        active: False once a person made it inactive, or the session's role is gone.

    """

    caller: Caller
    secret: str
    session_token: str | None
    expires: datetime | None
    active: bool

    def __repr__(self) -> str:
        return f"IssuedKey({self.caller.access_key_id}, {self.caller.arn})"
