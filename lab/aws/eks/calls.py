"""Calls to EKS by botocore's service model: which operation, with which parameters, in their right form."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.model import Shape
from moto.core.utils import get_service_model

from lab.aws.eks.errors import bad_input
from lab.aws.wire import Request

_OPERATIONS = (
    "AssociateAccessPolicy",
    "CreateAccessEntry",
    "DeleteAccessEntry",
    "DescribeAccessEntry",
    "DescribeCluster",
    "DescribeUpdate",
    "DisassociateAccessPolicy",
    "ListAccessEntries",
    "ListAccessPolicies",
    "ListAssociatedAccessPolicies",
    "ListTagsForResource",
    "ListUpdates",
    "TagResource",
    "UntagResource",
    "UpdateAccessEntry",
    "UpdateClusterConfig",
)
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "boolean": bool, "list": list, "map": dict, "structure": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call. ``params`` are the members of the operation's input by their names in the service model."""

    operation: str
    params: Mapping[str, Any]

    @property
    def cluster(self) -> str | None:
        """The cluster's name, if the call names one."""
        found = self.params.get("clusterName") or self.params.get("name")
        return None if found is None else str(found)


def read(request: Request) -> Call | None:
    """The call, or None if the request is none of those that the lab answers or judges itself.

    Raises:
        EksError: if a member is missing, or is not as the service model says.

    """
    path, _, query = request.target.partition("?")
    for operation, method, route in _routes():
        if method == request.method and (match := route.fullmatch(path)):
            labels = {name: unquote(value) for name, value in match.groupdict().items()}
            return Call(operation, _params(operation, labels, parse_qs(query, keep_blank_values=True), request.body))
    return None


@cache
def _routes() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    model = get_service_model("eks")
    https = ((name, model.operation_model(name).http) for name in _OPERATIONS)
    return tuple((name, http["method"], _route(http["requestUri"])) for name, http in https)


def _route(uri: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", uri.partition("?")[0])
    return re.compile("".join(f"(?P<{p}>[^/]+)" if n % 2 else re.escape(p) for n, p in enumerate(parts)))


def _params(operation: str, labels: Mapping[str, str], query: Mapping[str, list[str]], body: bytes) -> dict[str, Any]:
    shape: Any = get_service_model("eks").operation_model(operation).input_shape
    sent = _decoded(operation, body)
    found = {}
    for name, member in shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri":
            found[name] = labels[key]
        elif location == "querystring" and key in query:
            found[name] = _of_query(operation, name, member, query[key])
        elif sent.get(name) is not None:
            found[name] = sent[name]
    _check(operation, shape, found, "request")
    return found


def _decoded(operation: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        raise bad_input(operation, "The request's body is not JSON.") from None
    if not isinstance(document, dict):
        raise bad_input(operation, "The request's body is not a JSON object.")
    return document


def _of_query(operation: str, name: str, shape: Shape, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    if shape.type_name != "integer":
        return values[-1]
    try:
        return int(values[-1])
    except ValueError:
        raise bad_input(operation, f"The parameter {name} is not a number.") from None


def _check(operation: str, shape: Any, value: Any, name: str) -> None:
    """Types, required members, limits and enumerations, all the way down."""
    wanted: Any = _TYPES.get(shape.type_name, object)
    if not isinstance(value, wanted) or (isinstance(value, bool) and shape.type_name == "integer"):
        raise bad_input(operation, f"The parameter {name} must be a {shape.type_name}.")
    if shape.type_name == "structure":
        absent = [member for member in shape.required_members if member not in value]
        if absent:
            raise bad_input(operation, f"The parameter {absent[0]} is required.")
    else:
        _check_size(operation, shape, value, name)
    for inner, item, where in _inside(shape, value, name):
        _check(operation, inner, item, where)


def _inside(shape: Any, value: Any, name: str) -> Iterator[tuple[Any, Any, str]]:
    """What a value is made of: shape, value and name of each part."""
    if shape.type_name == "structure":
        yield from ((inner, value[member], member) for member, inner in shape.members.items() if member in value)
    elif shape.type_name == "list":
        yield from ((shape.member, item, f"{name}[]") for item in value)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield shape.key, key, f"a key of {name}"
            yield shape.value, item, f"{name}[{key}]"


def _check_size(operation: str, shape: Any, value: Any, name: str) -> None:
    size = value if shape.type_name == "integer" else len(value) if hasattr(value, "__len__") else 0
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None and size < lowest:
        raise bad_input(operation, f"The parameter {name} must not be less than {lowest} in size or value.")
    if highest is not None and size > highest:
        raise bad_input(operation, f"The parameter {name} must not be more than {highest} in size or value.")
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        raise bad_input(operation, f"The parameter {name} must be one of {', '.join(shape.enum)}.")
