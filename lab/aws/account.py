"""The lab's account: its administrator, and credentials for whoever works in it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3


@dataclass(frozen=True)
class Account:
    """An account of the lab in its home region, with the key of its administrator.

    Attributes:
        number: 12 digits.
        region: where its first cluster is.
        endpoint_url: of every AWS service.

    """

    number: str
    region: str
    endpoint_url: str
    _administrator: boto3.Session = field(repr=False)

    @classmethod
    def read(cls, administrators: Path, number: str, region: str, endpoint_url: str) -> "Account":
        """Take the administrator's key from the file that the AWS process wrote."""
        key = json.loads(administrators.read_text())[number]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=region)
        return cls(number, region, endpoint_url, session)

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of the administrator."""
        return self._administrator.client(  # type: ignore[call-overload]
            service, region_name=region or self.region, endpoint_url=self.endpoint_url
        )

    def administrator_environment(self) -> dict[str, str]:
        """``AWS_*`` of the administrator."""
        credentials = self._administrator.get_credentials()
        assert credentials is not None  # the session was made with them
        return self._environment(credentials.access_key, credentials.secret_key)

    def role_environment(self, role_name_or_arn: str, session: str, duration_s: int) -> dict[str, str]:
        """``AWS_*`` of a new session of a role.

        The role is assumed by its full ARN; the lab reads no trust policies.

        Raises:
            botocore.exceptions.ClientError: ``NoSuchEntity`` or ``AccessDenied`` if there is no such role.

        """
        arn = role_name_or_arn
        if not arn.startswith("arn:"):
            arn = self.client("iam").get_role(RoleName=role_name_or_arn)["Role"]["Arn"]
        answer = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=session, DurationSeconds=duration_s)
        issued = answer["Credentials"]
        environment = self._environment(issued["AccessKeyId"], issued["SecretAccessKey"])
        return environment | {"AWS_SESSION_TOKEN": issued["SessionToken"]}

    def _environment(self, access_key_id: str, secret_access_key: str) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        }
