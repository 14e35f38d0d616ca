"""The EventBridge rule that feeds the registrar: one pattern for the CDK app, the local EKS and ``doctor``. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

IAM_EVENT_NAMES: Final = ("CreateRole", "TagRole", "UntagRole", "DeleteRole")
"""The IAM calls after which a role's grants can be others than before."""

IAM_EVENT_REGIONS: Final[Mapping[str, str]] = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
}
"""Per partition, the one region whose EventBridge sees IAM's events.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html (IAM is a global service).
"""


def event_pattern(accounts: Sequence[str]) -> dict[str, Any]:
    """The rule's pattern in EventBridge's JSON form.

    It lists plain event names and keeps failed calls out. Which tags a call has set is judged in code: an event is
    only a hint, and `UntagRole` and `DeleteRole` show no tag values to match.

    Args:
        accounts: the 12-digit accounts whose IAM events count. The account is the envelope's, which EventBridge sets
            and no sender can choose.

    Raises:
        ValueError: without any account, because EventBridge reads a missing field as "every account".

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html

    """
    if not accounts:
        raise ValueError(
            "the event pattern needs at least one account: without one it would match every account's events"
        )
    return {
        "source": ["aws.iam"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "account": sorted(set(accounts)),
        "detail": {
            "eventSource": ["iam.amazonaws.com"],
            "eventName": list(IAM_EVENT_NAMES),
            "errorCode": [{"exists": False}],
        },
    }
