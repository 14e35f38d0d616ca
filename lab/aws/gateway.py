"""The one WSGI application in front of moto: it authenticates and authorizes every request, then hands it on."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from lab.aws import events_front, signature
from lab.aws.actions import action_of
from lab.aws.authorization import denial
from lab.aws.caller import Caller, IssuedKey
from lab.aws.eks.behaviour import BEHAVIOUR_PATH
from lab.aws.eks.updates import UPDATES_PATH
from lab.aws.eks_front import EksFront
from lab.aws.errors import service_error
from lab.aws.facts import partition_of
from lab.aws.faults import FAULTS_PATH, Faults
from lab.aws.iam_front import IamFront
from lab.aws.journal import Journal
from lab.aws.key_ring import KeyRing
from lab.aws.permission_sets import PERMISSION_SETS_PATH, PermissionSets
from lab.aws.policy_language import UnjudgeableError
from lab.aws.signature import SignatureError, SignedParts
from lab.aws.sts_front import StsFront
from lab.aws.wire import Environ, Request, Response, StartResponse, WsgiApp, call, read_request, send, with_body

_log = logging.getLogger(__name__)


class Gateway:
    """Serves the AWS endpoint and, for the hosts of STS, the lab's proxy.

    Args:
        moto: moto's own application.
        sts_hosts: real host names of STS and the region each stands for.
        eks: answers for clusters and access entries.
        journal: takes down what is asked.

    """

    def __init__(
        self, moto: WsgiApp, keys: KeyRing, sts_hosts: Mapping[str, str], eks: EksFront, journal: Journal
    ) -> None:
        self._moto = moto
        self._keys = keys
        self._sts_hosts = sts_hosts
        self._eks = eks
        self._journal = journal
        self._iam = IamFront()
        self._sts = StsFront(keys)
        self._permission_sets = PermissionSets(self._iam, moto)
        self._faults = Faults()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI call."""
        request = read_request(environ)
        hooks: dict[str, Callable[[], Response]] = {
            PERMISSION_SETS_PATH: lambda: self._permission_sets.answer(request, environ),
            FAULTS_PATH: lambda: self._faults.answer(request),
            BEHAVIOUR_PATH: lambda: self._eks.behave(request.body),
            UPDATES_PATH: lambda: self._eks.end_update(request.body),
        }
        answer = hooks.get(request.target, lambda: self._answer(request, environ))
        return send(answer(), start_response)

    def _answer(self, request: Request, environ: Environ) -> Response:
        service = "sts" if request.host in self._sts_hosts else ""
        try:
            parts = signature.parse(request)
            service = service or parts.service
            caller = self._authenticate(request, parts).caller
        except SignatureError as error:
            _log.info("refused a request to %s: %s: %s", service or request.host, error.code, error)
            return service_error(request, service, error.status, error.code, str(error))
        barred = self._bar(request, service, caller, parts.region)

        def ask_moto() -> Response:
            return barred or call(self._moto, environ)

        if service == "iam":
            return self._iam.answer(request, caller, ask_moto, barred=barred is not None)
        if barred:
            return barred
        if service == "sts":
            return self._sts.answer(request, caller, parts.region, ask_moto)
        if service == "events":
            return events_front.answer(request, lambda changed: call(self._moto, with_body(environ, changed.body)))
        return self._eks.answer(request, caller, parts.region, ask_moto) if service == "eks" else ask_moto()

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

    def _bar(self, request: Request, service: str, caller: Caller, region: str) -> Response | None:
        """The answer to a call that meets a fault of the hook, or that the caller's policies do not allow."""
        action = action_of(request, service)
        if action is None:
            return None
        self._journal.note(caller.arn, action)
        if fault := self._faults.take(action):
            return service_error(request, service, fault.status, fault.code, fault.message)
        try:
            told = self._eks.denial(request, caller, region, action) if service == "eks" else denial(caller, action)
        except UnjudgeableError as error:
            return service_error(request, service, 500, "ServerException", f"{caller.arn}, {action}: {error}")
        return service_error(request, service, 403, "AccessDenied", told) if told else None
