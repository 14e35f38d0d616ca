"""Account and region of whoever calls the command line, for clusters that leave them out of ``registrar.yaml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from registrar.defaults import Default, Defaults
from registrar.wiring import client


def caller_defaults(environment: Mapping[str, str], session: Callable[[], boto3.Session]) -> Defaults:
    """The defaults that the CDK would find for the same caller; AWS is asked only where a cluster needs it.

    Region: ``AWS_REGION``, which boto3 itself does not read, else boto3's (``AWS_DEFAULT_REGION``, the profile).
    Account: what STS says of the credentials.
    """

    def region() -> str:
        found = environment.get("AWS_REGION") or session().region_name
        if not found:
            raise LookupError("is not set")
        return str(found)

    @cache
    def account() -> str:
        try:
            place = environment.get("AWS_REGION") or session().region_name
            return str(client(session(), "sts", place).get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise LookupError(f"cannot be told: {error}") from error

    return Defaults(
        account=Default("the account of your AWS credentials", account),
        region=Default("the region of AWS_REGION, AWS_DEFAULT_REGION or your profile", region),
    )
