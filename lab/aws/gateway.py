"""The one WSGI application in front of moto: it authenticates every request, then hands it to the right front."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from lab.aws import signature
from lab.aws.caller import IssuedKey
from lab.aws.facts import partition_of
from lab.aws.iam_front import IamFront
from lab.aws.key_ring import KeyRing
from lab.aws.permission_sets import HOOK_PATH, PermissionSets
from lab.aws.signature import SignatureError, SignedParts
from lab.aws.sts_answers import json_error, query_error
from lab.aws.sts_front import StsFront
from lab.aws.wire import Environ, Request, Response, StartResponse, WsgiApp, call, read_request, send

_QUERY_SERVICES = frozenset({"iam", "sts"})
_HEALTH_PATH = "/lab/health"
# How the services that speak JSON spell what STS says:
# https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html and their like.
_JSON_CODES = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "ExpiredToken": "ExpiredTokenException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
}
_log = logging.getLogger(__name__)


class Gateway:
    """Serves the AWS endpoint and, for the hosts of STS, the lab's proxy.

    Args:
        moto: moto's own application.
        sts_hosts: real host names of STS and the region each stands for.

    """

    def __init__(self, moto: WsgiApp, keys: KeyRing, sts_hosts: Mapping[str, str]) -> None:
        self._moto = moto
        self._keys = keys
        self._sts_hosts = sts_hosts
        self._iam = IamFront()
        self._sts = StsFront(keys)
        self._permission_sets = PermissionSets(self._iam, moto)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI call."""
        request = read_request(environ)
        path = request.target.partition("?")[0]
        if path == _HEALTH_PATH:
            return send(Response(200, (), b"ok"), start_response)
        if path == HOOK_PATH:
            return send(self._permission_sets.answer(request, environ), start_response)
        return send(self._answer(request, environ), start_response)

    def _answer(self, request: Request, environ: Environ) -> Response:
        service = "sts" if request.host in self._sts_hosts else ""
        try:
            parts = signature.parse(request)
            service = service or parts.service
            key = self._authenticate(request, parts)
        except SignatureError as error:
            _log.info("refused a request to %s: %s: %s", service or request.host, error.code, error)
            return _error(request, service, error)
        if service == "iam":
            return self._iam.answer(request, key.caller, lambda: call(self._moto, environ))
        if service == "sts":
            return self._sts.answer(request, key.caller, parts.region, lambda: call(self._moto, environ))
        return call(self._moto, environ)

    def _authenticate(self, request: Request, parts: SignedParts) -> IssuedKey:
        region = self._sts_hosts.get(request.host)
        if region and parts.service != "sts":
            raise SignatureError("SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'.")
        if region and parts.region != region:
            text = f"Credential should be scoped to a valid region, not '{parts.region}'."
            raise SignatureError("SignatureDoesNotMatch", text)
        partition = partition_of(parts.region)
        return signature.verify(
            request, parts, lambda access_key_id: self._keys.find(access_key_id, partition), datetime.now(UTC)
        )


def _error(request: Request, service: str, error: SignatureError) -> Response:
    if service in _QUERY_SERVICES or not service:
        return query_error(request, error.status, error.code, str(error))
    return json_error(error.status, _JSON_CODES.get(error.code, error.code), str(error))
