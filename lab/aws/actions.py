"""Which IAM action a request needs, such as ``iam:GetRole`` or ``eks:DescribeCluster``."""

import re
from functools import cache

from moto.core.utils import get_service_model

from lab.aws.iam_model import query_parameter
from lab.aws.wire import Request

_QUERY = frozenset({"iam", "sts"})
_TARGET = frozenset({"sqs", "events"})
_REST = frozenset({"eks", "scheduler"})


def action_of(request: Request, service: str) -> str | None:
    """The action, or None for a service or call that the lab does not judge."""
    if service in _QUERY:
        name = query_parameter(request, "Action")
    elif service in _TARGET:
        # A batch is authorized by the action of its single call:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
        name = request.headers.get("x-amz-target", "").rpartition(".")[2].removesuffix("Batch")
    elif service in _REST:
        name = _rest_name(request, service)
    else:
        return None
    return f"{service}:{name}" if name else None


def _rest_name(request: Request, service: str) -> str | None:
    path = request.target.partition("?")[0]
    names = (name for method, route, name in _routes(service) if method == request.method and route.fullmatch(path))
    return next(names, None)


@cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    model = get_service_model(service)
    operations = [model.operation_model(name) for name in model.operation_names]
    return tuple((one.http["method"], _route(one.http["requestUri"]), one.name) for one in operations)


def _route(uri: str) -> re.Pattern[str]:
    path = uri.partition("?")[0]
    return re.compile(
        "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", path))
    )
