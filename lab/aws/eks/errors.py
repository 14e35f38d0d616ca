"""A refusal of EKS."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from moto.core.utils import get_service_model

from lab.aws.wire import Response

_BAD_INPUT = ("InvalidParameterException", "BadRequestException", "InvalidRequestException")
_ABSENT = ("ResourceNotFoundException", "NotFoundException")


@dataclass
class EksError(Exception):
    """An error as EKS gives it.

    Attributes:
        code: a shape of the service model, which knows its HTTP status.
        message: its text.

    """

    code: str
    message: str

    def response(self, cluster: str | None) -> Response:
        """The answer, in EKS's protocol."""
        status = get_service_model("eks").shape_for(self.code).metadata["error"]["httpStatusCode"]
        document = {"__type": self.code, "message": self.message, **({"clusterName": cluster} if cluster else {})}
        headers = (("Content-Type", "application/json"), ("x-amzn-errortype", self.code))
        return Response(status, headers, json.dumps(document).encode())


def declared_codes(operation: str) -> frozenset[str]:
    """The errors that the service model names for an operation."""
    return frozenset(shape.name for shape in get_service_model("eks").operation_model(operation).error_shapes)


def bad_input(operation: str, message: str) -> EksError:
    """What an operation answers to input that cannot be right: each declares another code for it."""
    return EksError(_first(_BAD_INPUT, declared_codes(operation)), message)


def absent(operation: str, message: str) -> EksError:
    """What an operation answers where there is no such resource."""
    return EksError(_first(_ABSENT, declared_codes(operation)), message)


def _first(codes: Collection[str], declared: Collection[str]) -> str:
    return next((code for code in codes if code in declared), next(iter(codes)))
