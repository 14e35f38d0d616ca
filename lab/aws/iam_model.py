"""IAM's calls by botocore's service model: which of them write, what they carry, what they answer."""

from typing import Any, cast
from urllib.parse import parse_qs

from botocore.model import Shape
from botocore.parsers import create_parser
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers, MultiDict

from lab.aws.wire import Request, Response

_READS = ("Get", "List", "Generate", "Simulate")


def query_parameter(request: Request, name: str) -> str | None:
    """One parameter of a call in the query protocol, from the URL or the form body."""
    target_query = request.target.partition("?")[2]
    for source in (request.body.decode("utf-8", "replace"), target_query):
        values = parse_qs(source, keep_blank_values=True).get(name)
        if values:
            return values[-1]
    return None


def write_operation(request: Request) -> OperationModel | None:
    """The IAM operation that the request calls if it changes anything, else None (also if there is no such call)."""
    model: ServiceModel = get_service_model("iam")
    action = query_parameter(request, "Action")
    if action is None or action.startswith(_READS) or action not in model.operation_names:
        return None
    operation: OperationModel = model.operation_model(action)
    return operation


def parameters(request: Request, operation: OperationModel) -> dict[str, Any]:
    """The call's parameters, typed and in botocore's spelling (``RoleName``, ``Tags: [{Key, Value}]``)."""
    form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    parser = PROTOCOL_PARSERS["query"](operation, map_type=dict)
    parsed = parser.parse(
        {
            "method": request.method,
            "values": MultiDict(form),
            "headers": Headers(dict(request.headers)),
            "body": request.body,
            "url_path": "/",
            "url_params": {},
        }
    )
    return dict(parsed)


def result(response: Response, operation: OperationModel) -> dict[str, Any]:
    """The answer as botocore reads it: the output's members, or ``Error: {Code, Message}``."""
    raw = {"status_code": response.status, "headers": dict(response.headers), "body": response.body}
    output = cast(Shape, operation.output_shape)  # None is fine: not every call has an output
    parsed: dict[str, Any] = create_parser("query").parse(raw, output)
    return parsed
