"""What STS answers, in JSON where the client asks for it and in XML otherwise.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html for the XML;
aws-iam-authenticator, pkg/token/token.go (`getCallerIdentityWrapper`, `accept: application/json`) for the JSON.
"""

import json
import uuid
from xml.sax.saxutils import escape

from lab.aws.caller import Caller
from lab.aws.wire import Request, Response

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def caller_identity(request: Request, caller: Caller) -> Response:
    """The answer to GetCallerIdentity."""
    result = {"Account": caller.account, "Arn": caller.arn, "UserId": caller.user_id}
    request_id = str(uuid.uuid4())
    if _wants_json(request):
        answer = {"GetCallerIdentityResult": result, "ResponseMetadata": {"RequestId": request_id}}
        return _json(200, {"GetCallerIdentityResponse": answer})
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    return _xml(
        200,
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}"><GetCallerIdentityResult>{fields}</GetCallerIdentityResult>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
    )


def query_error(request: Request, status: int, code: str, message: str, namespace: str = _NAMESPACE) -> Response:
    """An error of a service that speaks the query protocol, which STS and IAM do."""
    request_id = str(uuid.uuid4())
    kind = "Sender" if status < 500 else "Receiver"
    if _wants_json(request):
        error = {"Code": code, "Message": message, "Type": kind}
        return _json(status, {"Error": error, "RequestId": request_id})
    return _xml(
        status,
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
    )


def json_error(status: int, code: str, message: str) -> Response:
    """An error of a service that speaks JSON (EKS, SQS, EventBridge)."""
    body = json.dumps({"__type": code, "message": message}).encode()
    return Response(status, (("Content-Type", "application/json"), ("x-amzn-errortype", code)), body)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _json(status: int, document: object) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(document).encode())


def _xml(status: int, document: str) -> Response:
    return Response(status, (("Content-Type", "text/xml"),), document.encode())
