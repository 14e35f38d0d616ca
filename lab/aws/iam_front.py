"""The way of an IAM call through the lab: IAM's own rules, moto, and the event that CloudTrail sends of a write."""

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.events.models import Rule, events_backends
from moto.iam.models import iam_backends

from lab.aws import cloudtrail, iam_model
from lab.aws.caller import Caller
from lab.aws.facts import IAM_EVENT_REGION
from lab.aws.iam_rules import refusal, replace_tags_ignoring_case
from lab.aws.sts_answers import query_error
from lab.aws.wire import Request, Response

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_log = logging.getLogger(__name__)


class IamFront:
    """Answers IAM calls. Writes go one at a time, so events leave in the order of the writes."""

    def __init__(self) -> None:
        self._writing = threading.Lock()

    def answer(
        self, request: Request, caller: Caller, ask_moto: Callable[[], Response], *, barred: bool = False
    ) -> Response:
        """Give IAM's answer; a write, refused or not, sends its event before its client has the answer.

        Args:
            request: the call.
            caller: who makes it.
            ask_moto: gives moto's answer.
            barred: ``ask_moto`` gives a refusal that comes before IAM's own rules.

        """
        operation = iam_model.write_operation(request)
        if operation is None:
            return ask_moto()
        params = iam_model.parameters(request, operation)
        at = datetime.now(UTC)
        with self._writing:
            response = ask_moto() if barred else self._write(request, operation, params, caller, ask_moto)
            call = cloudtrail.RecordedCall(
                operation=operation,
                params=params,
                result=iam_model.result(response, operation),
                caller=caller,
                user_agent=request.headers.get("user-agent", ""),
                source_ip=request.peer,
                at=at,
            )
            _deliver(call)
        return response

    def _write(
        self,
        request: Request,
        operation: OperationModel,
        params: dict[str, Any],
        caller: Caller,
        ask_moto: Callable[[], Response],
    ) -> Response:
        backend = iam_backends[caller.account][caller.partition]
        refused = refusal(operation.name, params, backend, caller)
        if refused:
            return query_error(request, refused.status, refused.code, refused.message, _NAMESPACE)
        replace_tags_ignoring_case(operation.name, params, backend)
        return ask_moto()


def _deliver(call: cloudtrail.RecordedCall) -> None:
    """Put the event on the default bus of the account, in the region where IAM's events appear."""
    region = IAM_EVENT_REGION[call.caller.partition]
    bus = events_backends[call.caller.account][region].describe_event_bus("default")
    event = _envelope(call, region)
    for rule in list(bus.rules.values()):
        if rule.state == "ENABLED":
            _send(rule, event)


def _envelope(call: cloudtrail.RecordedCall, region: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html; moto writes the time out."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": call.caller.account,
        "time": call.at.timestamp(),
        "region": region,
        "resources": [],
        "detail": cloudtrail.detail(call),
    }


def _send(rule: Rule, event: Any) -> None:
    """Match and send one event.

    Not by moto's `put_events`: its default template drops the account and fills in `<detail>` wherever a string of the
    event spells that. A target that moto cannot serve costs the event, as a failed delivery does in AWS, never the
    caller's answer.
    """
    try:
        rule.send_to_targets(event, transform_input=False)
    except (ServiceException, NotImplementedError, LookupError):
        _log.exception("rule %s lost event %s: moto could not deliver it to a target", rule.name, event["id"])
