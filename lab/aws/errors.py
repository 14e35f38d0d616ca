"""Errors as AWS's services spell them: one meaning, a query protocol's code and a JSON protocol's code."""

from lab.aws.sts_answers import json_error, query_error
from lab.aws.wire import Request, Response

_QUERY_SERVICES = frozenset({"iam", "sts", ""})
# https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html and its like.
_JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "Throttling": "ThrottlingException",
}


def service_error(request: Request, service: str, status: int, code: str, message: str) -> Response:
    """An error in the words and the protocol of a service; ``code`` is the query protocol's."""
    if service in _QUERY_SERVICES:
        return query_error(request, status, code, message)
    return json_error(status, _JSON_CODES.get(code, code), message)
