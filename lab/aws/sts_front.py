"""STS as the lab answers it: GetCallerIdentity itself, everything else by moto."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from lab.aws import iam_model, sts_answers
from lab.aws.caller import Caller
from lab.aws.facts import partition_of
from lab.aws.key_ring import KeyRing, role_exists
from lab.aws.wire import Request, Response

_ISSUED_KEY = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")


class StsFront:
    """Answers STS calls of an authenticated caller."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def answer(self, request: Request, caller: Caller, region: str, ask_moto: Callable[[], Response]) -> Response:
        """Give STS's answer, and bind each new session to the role as it is now."""
        action = iam_model.query_parameter(request, "Action") or ""
        if action == "GetCallerIdentity":
            return sts_answers.caller_identity(request, caller)
        if action == "AssumeRole" and (arn := _missing_role(request, region)):
            text = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            return sts_answers.query_error(request, 403, "AccessDenied", text)
        response = ask_moto()
        issued = _ISSUED_KEY.search(response.body)
        if action.startswith("AssumeRole") and issued:
            self._keys.remember_session(issued[1].decode(), partition_of(region), datetime.now(UTC))
        return response


def _missing_role(request: Request, region: str) -> str | None:
    """The role's ARN if no role has it in full: moto hands out sessions of roles that do not exist, AWS denies."""
    arn = iam_model.query_parameter(request, "RoleArn") or ""
    return None if role_exists(arn, partition_of(region)) else arn
