"""The event that CloudTrail sends to EventBridge for an IAM call.

Shapes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html and recorded
events.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.model import OperationModel

from lab.aws.caller import Caller
from lab.aws.facts import IAM_EVENT_REGION

_TIME = "%Y-%m-%dT%H:%M:%SZ"
# Calls that fail before IAM has read their parameters are recorded without them.
_WITHOUT_PARAMETERS = frozenset({"AccessDenied", "ValidationException"})
_VALIDATION_ERROR = "ValidationError"


@dataclass(frozen=True)
class RecordedCall:
    """A finished IAM write.

    Attributes:
        params: the call's parameters in botocore's spelling.
        result: the answer in botocore's spelling; ``Error: {Code, Message}`` if the call failed.
        at: when the call was made (UTC).

    """

    operation: OperationModel
    params: Mapping[str, Any]
    result: Mapping[str, Any]
    caller: Caller
    user_agent: str
    source_ip: str
    at: datetime


def detail(call: RecordedCall) -> dict[str, Any]:
    """The event's ``detail``: CloudTrail's record of the call."""
    error = call.result.get("Error")
    code = _error_code(call.operation, error["Code"]) if error else None
    service = call.caller.invoked_by
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _user_identity(call.caller),
        "eventTime": call.at.strftime(_TIME),
        "eventSource": "iam.amazonaws.com",
        "eventName": call.operation.name,
        "awsRegion": IAM_EVENT_REGION[call.caller.partition],
        "sourceIPAddress": service or call.source_ip,
        "userAgent": service or call.user_agent,
    }
    if error:
        record |= {"errorCode": code, "errorMessage": error["Message"]}
    shown = None if code in _WITHOUT_PARAMETERS else as_recorded(dict(call.params), call.operation.input_shape)
    response = None if error else as_recorded(_members(call.result), call.operation.output_shape)
    return record | {
        "requestParameters": shown or None,
        "responseElements": response or None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.caller.account,
        "eventCategory": "Management",
    }


def as_recorded(value: Any, shape: Shape | None) -> Any:
    """A value of botocore's model in CloudTrail's spelling.

    Names begin in lower case, dates read ``Jul 10, 2023 12:09:21 PM``, and what the model calls sensitive (passwords,
    secret access keys, private keys) is left out.
    """
    if shape is None:
        return None
    if isinstance(shape, StructureShape):
        return {
            name[0].lower() + name[1:]: as_recorded(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) not in (None, {}) and not member.metadata.get("sensitive")
        }
    if isinstance(shape, ListShape):
        return [as_recorded(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: as_recorded(item, shape.value) for key, item in value.items()}
    return _date(value) if isinstance(value, datetime) else value


def _members(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "ResponseMetadata"}


def _date(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at:%Y} {at.hour % 12 or 12}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


def _error_code(operation: OperationModel, code: str) -> str:
    """CloudTrail names the exception (``NoSuchEntityException``) where the API's answer says ``NoSuchEntity``."""
    if code == _VALIDATION_ERROR:
        return "ValidationException"
    model = operation.service_model
    shapes = (model.shape_for(name) for name in model.shape_names)
    names = [shape.name for shape in shapes if shape.metadata.get("error", {}).get("code") == code]
    return names[0] if names else code


def _user_identity(caller: Caller) -> dict[str, Any]:
    identity = {
        "type": "AssumedRole" if caller.issuer else "IAMUser",
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account,
    }
    if caller.access_key_id:
        identity["accessKeyId"] = caller.access_key_id
    if caller.user_name:
        identity["userName"] = caller.user_name
    session = {"sessionContext": _session_context(caller)} if caller.issuer else {}
    return identity | session | ({"invokedBy": caller.invoked_by} if caller.invoked_by else {})


def _session_context(caller: Caller) -> dict[str, Any]:
    if caller.issuer is None or caller.since is None:
        return {}
    return {
        "sessionIssuer": {
            "type": "Role",
            "principalId": caller.issuer.role_id,
            "arn": caller.issuer.arn,
            "accountId": caller.account,
            "userName": caller.issuer.name,
        },
        "attributes": {"creationDate": caller.since.strftime(_TIME), "mfaAuthenticated": "false"},
    }
