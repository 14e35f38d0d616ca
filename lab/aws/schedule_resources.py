"""EventBridge Scheduler's resources for moto's CloudFormation, which has none, though moto's Scheduler has both.

Nothing fires: what a schedule would send is read back, and sent by whoever wants to see it arrive.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.scheduler.exceptions import ScheduleGroupNotFound, ScheduleNotFound
from moto.scheduler.models import EventBridgeSchedulerBackend, scheduler_backends


class ScheduleGroupResource(CloudFormationModel):
    """A group of a stack. What ``Ref`` gives is its name.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-scheduler-schedulegroup.html
    """

    def __init__(self, name: str, arn: str) -> None:
        self.name = name
        self.arn = arn

    @property
    def physical_resource_id(self) -> str:
        """What ``Ref`` gives."""
        return self.name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether ``Fn::GetAtt`` knows an attribute that our stacks use."""
        return attr == "Arn"

    def get_cfn_attribute(self, _attribute_name: str) -> str:
        """The ARN."""
        return self.arn

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The resource's type."""
        return "AWS::Scheduler::ScheduleGroup"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003 - moto's signature
        account_id: str,
        region_name: str,
        **_kwargs: Any,
    ) -> ScheduleGroupResource:
        """Make it."""
        group = _scheduler(account_id, region_name).create_schedule_group(resource_name, [])
        return cls(group.name, group.arn)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_asked: Any, **_more: Any) -> Any:
        """Only its tags can change, and ours has none."""
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, _cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        """Take it away with the schedules in it, as Scheduler does."""
        _scheduler(account_id, region_name).delete_schedule_group(resource_name)


class ScheduleResource(CloudFormationModel):
    """A schedule of a stack. CloudFormation knows it by its name alone, whatever its group.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-scheduler-schedule.html
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def physical_resource_id(self) -> str:
        """What ``Ref`` gives."""
        return self.name

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The resource's type."""
        return "AWS::Scheduler::Schedule"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_kwargs: Any
    ) -> ScheduleResource:
        """Make it, in a group that is there. Raises moto's ``ScheduleGroupNotFound``."""
        backend, asked = _scheduler(account_id, region_name), cloudformation_json["Properties"]
        backend.get_schedule_group(asked.get("GroupName"))
        backend.create_schedule(name=resource_name, action_after_completion=None, **_settings(asked))
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> ScheduleResource:
        """Change what it asks for, and when."""
        asked = cloudformation_json["Properties"]
        _scheduler(account_id, region_name).update_schedule(name=original_resource.name, **_settings(asked))
        return cls(new_resource_name)

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        """Take it away, unless its group has gone first: moto deletes in no order."""
        with suppress(ScheduleGroupNotFound, ScheduleNotFound):
            group = cloudformation_json["Properties"].get("GroupName")
            _scheduler(account_id, region_name).delete_schedule(group, resource_name)


def _scheduler(account: str, region: str) -> EventBridgeSchedulerBackend:
    backend: EventBridgeSchedulerBackend = scheduler_backends[account][region]
    return backend


def _settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The properties in the words of moto's backend; the first four are required."""
    return {
        "flexible_time_window": asked["FlexibleTimeWindow"],
        "schedule_expression": asked["ScheduleExpression"],
        "target": dict(asked["Target"]),
        "group_name": asked.get("GroupName", "default"),
        "description": asked.get("Description"),
        "schedule_expression_timezone": asked.get("ScheduleExpressionTimezone"),
        "state": asked.get("State"),
        "kms_key_arn": asked.get("KmsKeyArn"),
        "start_date": asked.get("StartDate"),
        "end_date": asked.get("EndDate"),
    }
