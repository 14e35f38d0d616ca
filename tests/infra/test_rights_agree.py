"""The rights of the role: what the CDK app gives, what the lab gives, and what doctor asks for are the same."""

from __future__ import annotations

import pytest
from infra_stage import statements, the_hub

from lab.aws import registrar_role
from registrar.doctor import iam_rights

POLICY = "AWS::IAM::Policy"
# The log and the traces have no double in the lab, and without them the registrar still works.
UNASKED = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}


@pytest.fixture(scope="module")
def given() -> set[str]:
    """The actions of the role of a function that the CDK app deploys."""
    found = statements(the_hub("one-region", "us-east-1"), POLICY, "NetworkpublicRightsRole")
    actions = [one["Action"] if isinstance(one["Action"], list) else [one["Action"]] for one in found]
    return {action for each in actions for action in each} - UNASKED


def test_the_lab_s_registrar_has_the_rights_that_the_app_gives(given: set[str]) -> None:
    """What works in the lab works with the deployed role, and no right is given that no test needs."""
    assert set(registrar_role.ACTIONS) == given


def test_doctor_asks_for_the_rights_that_the_app_gives(given: set[str]) -> None:
    """A right that is missing is found, whichever it is."""
    asked = {
        *iam_rights.ROLE_ACTIONS,
        *iam_rights.EVERYWHERE_ACTIONS,
        *iam_rights.CLUSTER_ACTIONS,
        *iam_rights.QUEUE_ACTIONS,
        *iam_rights.DEAD_LETTER_ACTIONS,
    }
    assert asked == given
