"""What moto does not know of Lambda's versions and aliases in stacks, and what its event sources should not do."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaVersion
from moto.awslambda.utils import get_backend
from moto.core.common_models import CloudFormationModel
from moto.sqs.models import Queue


def let_refer_to_versions() -> None:
    """Let stacks refer to the number of a version; aliases it finds by itself, as a subclass of its model.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-version.html
    """

    def attribute(version: LambdaVersion, _name: str) -> str:
        return str(version.version)

    setattr(LambdaVersion, "get_cfn_attribute", attribute)  # noqa: B010 - an assignment fails mypy: moto lacks the name


def leave_queues_alone() -> None:
    """Let event source mappings be written and read back, and do nothing.

    moto would invoke their function, in Docker, within the very call that puts a message on the queue; in the lab
    ``event_source.py`` polls.
    """
    none_ever = property(lambda _queue: {}, lambda _queue, _mappings: None)
    setattr(Queue, "lambda_event_source_mappings", none_ever)  # noqa: B010 - an assignment fails mypy: it is a dict


class LambdaAliasResource(CloudFormationModel):
    """An alias that a stack made. What ``Ref`` gives is its ARN.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-alias.html
    """

    def __init__(self, arn: str) -> None:
        self.arn = arn

    @property
    def physical_resource_id(self) -> str:
        """What ``Ref`` gives."""
        return self.arn

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The resource's type."""
        return "AWS::Lambda::Alias"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_kwargs: Any
    ) -> LambdaAliasResource:
        """Make it."""
        backend, asked = get_backend(account_id, region_name), cloudformation_json["Properties"]
        alias = backend.create_alias(resource_name, _function(backend, asked), _version(asked), "", "")
        return cls(alias.arn)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> LambdaAliasResource:
        """Let it point to another version."""
        backend, asked = get_backend(account_id, region_name), cloudformation_json["Properties"]
        backend.update_alias(new_resource_name, _function(backend, asked), _version(asked), "", "")
        return cls(original_resource.arn)

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, _cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        """Take it away: ``resource_name`` is what ``Ref`` gave, ``arn:…:function:NAME:ALIAS``."""
        *_, function, name = resource_name.split(":")
        # moto deletes in no order: the function may have gone first, and its aliases with it.
        with suppress(UnknownFunctionException):
            get_backend(account_id, region_name).delete_alias(name, function)


def _function(backend: LambdaBackend, asked: Mapping[str, Any]) -> str:
    return str(backend.get_function(asked["FunctionName"]).function_name)


def _version(asked: Mapping[str, Any]) -> str:
    return str(asked["FunctionVersion"])
