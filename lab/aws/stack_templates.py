"""What moto's CloudFormation reads otherwise in templates, such as that of ``cdk bootstrap``."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from moto.cloudformation import parsing
from moto.iam.models import Role


def read_as_aws_does() -> None:
    """Let the roles of stacks be as those that IAM's own API makes: the sweep reads all of them."""
    _leave_out_no_value()
    _keep_policies_as_texts()


def _leave_out_no_value() -> None:
    """Leave out of a list what is ``AWS::NoValue``, where moto puts a null.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
    """
    clean = parsing.clean_json

    def cleaned(resource_json: Any, resources_map: parsing.ResourceMap) -> Any:
        found = clean(resource_json, resources_map)
        return [each for each in found if each is not None] if isinstance(resource_json, list) else found

    parsing.clean_json = cleaned


def _keep_policies_as_texts() -> None:
    """Keep a role's inline policies as texts.

    moto keeps what stands in the template, a mapping, and cannot answer GetAccountAuthorizationDetails any more.
    """
    put = Role.put_policy

    def put_text(role: Role, policy_name: str, policy_json: object) -> None:
        text = policy_json if isinstance(policy_json, str) else json.dumps(policy_json, default=_version)
        put(role, policy_name, text)

    # The name stands in a string: a method cannot be assigned, says mypy.
    setattr(Role, "put_policy", put_text)  # noqa: B010


def _version(value: object) -> str:
    """A template in YAML has ``Version: 2012-10-17``, which is a date there."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    raise TypeError(f"not a part of a policy: {value!r}")
