"""The keys that moto has issued, looked up in its backends in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from moto.iam.models import AccessKey, IAMBackend, Role, User, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from lab.aws.caller import Caller, IssuedKey, SessionIssuer


class KeyRing:
    """Finds a key by its id, and remembers to which incarnation of a role each session belongs.

    moto lets a session live on under a role that was deleted and made again; AWS does not: the session is bound to the
    RoleId, and `GetCallerIdentity` of an orphan answers InvalidClientTokenId.
    """

    def __init__(self) -> None:
        self._session_roles: dict[str, tuple[Role, datetime]] = {}

    def find(self, access_key_id: str, partition: str) -> IssuedKey | None:
        """The key, or None if no principal of the partition has it (any more)."""
        for account, backend in _iam_backends(partition):
            for user in list(backend.users.values()):
                for key in user.access_keys:
                    if key.access_key_id == access_key_id:
                        return _user_key(user, key, account, partition)
            session = sts_backends[account][partition].get_assumed_role_from_access_key(access_key_id)
            if session:
                return self._session_key(session, backend, partition)
        return None

    def remember_session(self, access_key_id: str, partition: str, now: datetime) -> None:
        """Bind a session that was just issued to the role as it is now."""
        for account, backend in _iam_backends(partition):
            session = sts_backends[account][partition].get_assumed_role_from_access_key(access_key_id)
            role = role_by_arn(backend, session.role_arn) if session else None
            if role:
                self._session_roles[access_key_id] = (role, now)

    def _session_key(self, session: AssumedRole, backend: IAMBackend, partition: str) -> IssuedKey:
        role, since = self._session_roles.get(session.access_key_id, (None, None))
        name = session.role_arn.rsplit("/", 1)[-1]
        issuer = SessionIssuer(role.id if role else "", session.role_arn, name)
        caller = Caller(
            account=session.account_id,
            partition=partition,
            arn=session.arn,
            user_id=f"{issuer.role_id}:{session.session_name}",
            access_key_id=session.access_key_id,
            issuer=issuer,
            since=since,
        )
        lives = role is not None and backend.roles.get(role.id) is role
        expires = session.expiration.replace(tzinfo=UTC)
        return IssuedKey(caller, session.secret_access_key, session.session_token, expires, lives)


def role_by_arn(backend: IAMBackend, arn: str) -> Role | None:
    """The role whose full ARN, path included, is exactly this one."""
    return next((role for role in list(backend.roles.values()) if role.arn == arn), None)


def role_exists(arn: str, partition: str) -> bool:
    """Whether a role of any account has exactly this full ARN."""
    return any(role_by_arn(backend, arn) for _, backend in _iam_backends(partition))


def service_caller(account: str, partition: str, now: datetime) -> Caller:
    """IAM Identity Center's own session in an account, as CloudTrail shows it when it provisions a role."""
    issuer = SessionIssuer(
        "AROA0000000000000000S",
        f"arn:{partition}:iam::{account}:role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO",
        "AWSServiceRoleForSSO",
    )
    return Caller(
        account=account,
        partition=partition,
        arn=f"arn:{partition}:sts::{account}:assumed-role/AWSServiceRoleForSSO/AWS-SSO",
        user_id=f"{issuer.role_id}:AWS-SSO",
        access_key_id="",
        issuer=issuer,
        since=now - timedelta(seconds=1),
        invoked_by="sso.amazonaws.com",
    )


def _user_key(user: User, key: AccessKey, account: str, partition: str) -> IssuedKey:
    caller = Caller(account, partition, user.arn, user.id, key.access_key_id, user_name=user.name)
    return IssuedKey(caller, key.secret_access_key, None, None, key.status == "Active")


def _iam_backends(partition: str) -> Iterator[tuple[str, IAMBackend]]:
    for account, backends in list(iam_backends.items()):
        yield account, backends[partition]
