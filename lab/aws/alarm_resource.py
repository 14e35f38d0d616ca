"""``AWS::CloudWatch::Alarm`` for moto's CloudFormation, which has none."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from lab.aws.facts import partition_of


class AlarmResource(CloudFormationModel):
    """An alarm of a stack, of which nothing exists but name and ARN, so that dashboards can show it.

    What it watches is asserted on the template. Source of the ARN:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
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
        """Whether ``Fn::GetAtt`` knows an attribute."""
        return attr == "Arn"

    def get_cfn_attribute(self, _attribute_name: str) -> str:
        """The ARN."""
        return self.arn

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "AlarmName"

    @staticmethod
    def cloudformation_type() -> str:
        """The resource's type."""
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003 - moto's signature
        account_id: str,
        region_name: str,
        **_kwargs: Any,
    ) -> AlarmResource:
        """Make it."""
        arn = f"arn:{partition_of(region_name)}:cloudwatch:{region_name}:{account_id}:alarm:{resource_name}"
        return cls(resource_name, arn)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_asked: Any, **_more: Any) -> AlarmResource:
        """Its name and ARN stay."""
        return cls(original_resource.name, original_resource.arn)

    @classmethod
    def delete_from_cloudformation_json(cls, *_asked: Any) -> None:
        """Nothing of it exists."""
