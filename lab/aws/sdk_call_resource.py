"""``Custom::AWS``, as CDK's ``AwsCustomResource`` makes it: a stack calls AWS's API when it is made or changed.

In AWS a function of CDK's does it, for which there is no Node here. The lab makes the same call, over the wire and in
the name of that function's role, so that a missing right is found. What it would have to guess it refuses.
Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources.AwsCustomResource.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from moto.awslambda.utils import get_backend
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

Assume = Callable[[str, str], boto3.Session]
"""Role ARN and region → a session of the role."""

_PROPERTIES = {"ServiceToken", "Create", "Update", "Delete", "InstallLatestAwsSdk"}
_CALL = {"service", "action", "parameters", "physicalResourceId", "logApiResponseData"}


def let_call_the_sdk(assume: Assume, endpoint_url: str) -> None:
    """Let stacks have ``Custom::AWS``; moto's own model of custom resources starts functions in Docker."""

    class Resource(SdkCallResource):
        """It knows where AWS is."""

        _assume = staticmethod(assume)
        _endpoint_url = endpoint_url

    setattr(parsing, "CustomModel", Resource)  # noqa: B010 - an assignment fails mypy: it is a class


class SdkCallResource(CloudFormationModel):
    """A custom resource that is nothing but its call."""

    _assume: Assume
    _endpoint_url: str

    def __init__(self, physical_id: str) -> None:
        self.physical_id = physical_id

    @property
    def physical_resource_id(self) -> str:
        """What ``Ref`` gives: the id that the call says."""
        return self.physical_id

    @staticmethod
    def cloudformation_name_type() -> str:
        """No property names it."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """The resource's type."""
        return "Custom::AWS"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_kwargs: Any
    ) -> SdkCallResource:
        """Make the call ``Create``. Raises moto's ``ValidationError`` if it fails: the stack is not made."""
        return cls(cls._call("Create", cloudformation_json, account_id, region_name) or resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> SdkCallResource:
        """Make the call ``Update``, if there is one. CloudFormation asks only where a property has changed."""
        called = cls._call("Update", cloudformation_json, account_id, region_name)
        return cls(called or original_resource.physical_id)

    @classmethod
    def delete_from_cloudformation_json(
        cls, _resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        """Make the call ``Delete``, if there is one."""
        cls._call("Delete", cloudformation_json, account_id, region_name)

    @classmethod
    def _call(cls, when: str, resource: Mapping[str, Any], account: str, region: str) -> str | None:
        """Make one of the calls, if the resource has it, and return the resource's id."""
        try:
            return cls._called(when, resource, account, region)
        except (ValueError, ClientError, ParamValidationError) as error:
            raise ValidationError(message=f"Received response status [FAILED] from custom resource: {error}") from error

    @classmethod
    def _called(cls, when: str, resource: Mapping[str, Any], account: str, region: str) -> str | None:
        properties = resource["Properties"]
        _only(_PROPERTIES, properties)
        if resource["Type"] != "Custom::AWS" or str(properties["InstallLatestAwsSdk"]).lower() != "false":
            raise ValueError(f"the lab makes calls of Custom::AWS with the SDK that is there, not: {properties}")
        if when not in properties:
            return None
        call = json.loads(properties[when])
        _only(_CALL, call)
        role = get_backend(account, region).get_function(properties["ServiceToken"]).role
        client = cls._assume(role, region).client(call["service"].lower(), endpoint_url=cls._endpoint_url)
        getattr(client, xform_name(call["action"]))(**call["parameters"])
        return str(call["physicalResourceId"]["id"])


def _only(known: set[str], given: Mapping[str, Any]) -> None:
    if unknown := sorted(set(given) - known):
        raise ValueError(f"the lab's Custom::AWS does not know {', '.join(unknown)}")
