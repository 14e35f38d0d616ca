"""Sessions of IAM roles, for commands that run outside the lab's own process."""

from collections.abc import Mapping

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lab.errors import LabError

_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})


class RoleError(LabError):
    """The role cannot be assumed."""


def assume(administrator: Mapping[str, str], role: str, session: str) -> dict[str, str]:
    """``AWS_*`` variables of a new session of the role, which is named by its name or ARN.

    It is assumed by its full ARN, path included: by another one moto makes up a RoleId.

    Raises:
        RoleError: if there is no such role or it cannot be assumed.

    """
    client = boto3.session.Session(
        administrator["AWS_ACCESS_KEY_ID"],
        administrator["AWS_SECRET_ACCESS_KEY"],
        administrator.get("AWS_SESSION_TOKEN"),
        administrator["AWS_REGION"],
    ).client
    endpoint = administrator["AWS_ENDPOINT_URL"]
    try:
        iam = client("iam", endpoint_url=endpoint, config=_CONFIG)
        arn = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]["Arn"]
        sts = client("sts", endpoint_url=endpoint, config=_CONFIG)
        credentials = sts.assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
    except (BotoCoreError, ClientError) as error:
        raise RoleError(f"role {role} cannot be assumed in the lab: {error}") from error
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
