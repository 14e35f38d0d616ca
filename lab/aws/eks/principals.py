"""The principals that an access entry may be for, looked up in moto's IAM."""

import re
from datetime import UTC
from typing import Any

from moto.iam.models import IAMBackend, iam_backends

from lab.aws.eks.model import Principal

_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>\d{12}):(?P<kind>role|user)(?P<path>/(?:[^/:]+/)*)(?P<name>[^/:]+)"
)
_SERVICE_LINKED = "/aws-service-role/"


def is_service_linked(arn: str) -> bool:
    """Whether the ARN is that of a service-linked role (EKS user guide, "Create access entries")."""
    match = _ARN.fullmatch(arn)
    return match is not None and match["kind"] == "role" and match["path"].startswith(_SERVICE_LINKED)


def find(arn: str, partition: str) -> Principal | None:
    """The role or user of any account whose full ARN, path included, is exactly this one."""
    match = _ARN.fullmatch(arn)
    if match is None or match["partition"] != partition:
        return None
    if match["account"] not in iam_backends:
        return None
    backend: IAMBackend = iam_backends[match["account"]][partition]
    held: list[Any] = list((backend.roles if match["kind"] == "role" else backend.users).values())
    found = next((one for one in held if one.arn == arn), None)
    if found is None:
        return None
    # moto keeps the time in UTC, without saying so.
    created = found.create_date.replace(tzinfo=UTC).timestamp()
    return Principal(arn, match["kind"], found.id, match["account"], match["name"], partition, created)


def kind_account_name(arn: str) -> tuple[str, str, str] | None:
    """What stands in the ARN of an access entry for this principal, which need not exist."""
    match = _ARN.fullmatch(arn)
    return match and (match["kind"], match["account"], match["name"])
