"""Checks of AWS Signature Version 4: the presigned form, which EKS tokens use, and the Authorization header.

The signature is recomputed with botocore's own signer from the secret that moto issued.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html and, for the codes and texts of refusals,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab.aws.caller import IssuedKey
from lab.aws.wire import Request

WINDOW = timedelta(minutes=15)
"""How far X-Amz-Date may lie before or after now.

STS gives a presigned GetCallerIdentity these 15 minutes whatever X-Amz-Expires says: aws-iam-authenticator,
pkg/token/token.go, on requestPresignParam ("IT IS IGNORED"). The authenticator, too, reads it only to refuse values
outside 0-900 seconds.
"""

_ALGORITHM = "AWS4-HMAC-SHA256"
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>\w+)"
)
_MUST_BE_SIGNED = re.compile(r"host|x-amz-.*|x-k8s-aws-id")


class SignatureError(Exception):
    """A request whose signature does not hold.

    Attributes:
        code: STS's error code, such as ``SignatureDoesNotMatch``.
        status: the HTTP status STS gives with it.

    """

    def __init__(self, code: str, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class SignedParts:
    """What a signed request says about its own signature."""

    access_key_id: str
    scope_date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    date: str
    session_token: str | None
    presigned: bool


def parse(request: Request) -> SignedParts:
    """Read the signature of a request.

    Raises:
        SignatureError: ``MissingAuthenticationToken`` if it has none, ``IncompleteSignature`` if it cannot be read.

    """
    query = {name: values[-1] for name, values in parse_qs(urlsplit(request.target).query).items()}
    if "X-Amz-Signature" in query or "X-Amz-Credential" in query:
        return _parts(
            query.get("X-Amz-Credential", ""),
            query.get("X-Amz-SignedHeaders", ""),
            query.get("X-Amz-Signature", ""),
            query.get("X-Amz-Date", ""),
            query.get("X-Amz-Security-Token"),
            presigned=True,
        )
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise SignatureError("MissingAuthenticationToken", "Request is missing Authentication Token")
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise SignatureError(
            "IncompleteSignature", "Authorization header is not of the form of Signature Version 4", 400
        )
    date, token = request.headers.get("x-amz-date", ""), request.headers.get("x-amz-security-token")
    return _parts(match["credential"], match["headers"], match["signature"], date, token, presigned=False)


def verify(
    request: Request, parts: SignedParts, find_key: Callable[[str], IssuedKey | None], now: datetime
) -> IssuedKey:
    """Check everything about a signature but its scope's region and service, which the endpoint knows.

    Args:
        request: as it came.
        parts: what :func:`parse` made of it.
        find_key: the key of an access key id, or None.
        now: the present, aware.

    Raises:
        SignatureError: with the code that STS answers.

    """
    _check_date(parts, now)
    key = find_key(parts.access_key_id)
    if key is None or not key.active or not _same(key.session_token or "", parts.session_token or ""):
        raise SignatureError("InvalidClientTokenId", "The security token included in the request is invalid.")
    if key.expires is not None and now >= key.expires:
        raise SignatureError("ExpiredToken", "The security token included in the request is expired")
    _check_signed_headers(request, parts)
    if not _same(_expected_signature(request, parts, key), parts.signature):
        raise SignatureError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret"
            " Access Key and signing method. Consult the service documentation for details.",
        )
    return key


def _parts(
    credential: str, headers: str, signature: str, date: str, token: str | None, *, presigned: bool
) -> SignedParts:
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request":
        raise SignatureError("IncompleteSignature", "Credential must have exactly 5 slash-delimited elements", 400)
    if not (headers and signature and date):
        raise SignatureError("IncompleteSignature", "X-Amz-Date, SignedHeaders and Signature are all required", 400)
    return SignedParts(
        access_key_id=scope[0],
        scope_date=scope[1],
        region=scope[2],
        service=scope[3],
        signed_headers=tuple(headers.split(";")),
        signature=signature,
        date=date,
        session_token=token,
        presigned=presigned,
    )


def _check_date(parts: SignedParts, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(parts.date, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        text = f"Date must be in ISO-8601 'basic format'. Got '{parts.date}'."
        raise SignatureError("IncompleteSignature", text, 400) from None
    if parts.scope_date != parts.date[:8]:
        raise SignatureError(
            "SignatureDoesNotMatch",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            f" '{parts.scope_date}' != '{parts.date[:8]}', from '{parts.date}'.",
        )
    at = now.strftime(_DATE_FORMAT)
    if signed_at < now - WINDOW:
        earliest = (now - WINDOW).strftime(_DATE_FORMAT)
        text = f"Signature expired: {parts.date} is now earlier than {earliest} ({at} - 15 min.)"
        raise SignatureError("SignatureDoesNotMatch", text)
    if signed_at > now + WINDOW:
        latest = (now + WINDOW).strftime(_DATE_FORMAT)
        text = f"Signature not yet current: {parts.date} is still later than {latest} ({at} + 15 min.)"
        raise SignatureError("SignatureDoesNotMatch", text)


def _check_signed_headers(request: Request, parts: SignedParts) -> None:
    """Refuse a header that matters and is not signed.

    AWS demands this of Host and of every ``x-amz-*`` header; the same for ``x-k8s-aws-id`` is the authenticator's rule
    (pkg/token/token.go, "client did not sign the x-k8s-aws-id header in the request").
    """
    unsigned = sorted(set(request.headers) - set(parts.signed_headers))
    missing = [name for name in unsigned if _MUST_BE_SIGNED.fullmatch(name)]
    if missing:
        text = f"There were headers present in the request which were not signed: {', '.join(missing)}"
        raise SignatureError("SignatureDoesNotMatch", text)
    absent = [name for name in parts.signed_headers if name not in request.headers]
    if absent:
        raise SignatureError("SignatureDoesNotMatch", f"Signed headers are not in the request: {', '.join(absent)}")


def _expected_signature(request: Request, parts: SignedParts, key: IssuedKey) -> str:
    path, _, query = request.target.partition("?")
    pairs = [pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature=")]
    url = f"https://{request.headers['host']}{path}?{'&'.join(pairs)}"
    headers = {name: request.headers[name] for name in parts.signed_headers}
    # The signer takes this header's word for the hash of the body.
    if request.headers.get("x-amz-content-sha256", body_hash := sha256(request.body).hexdigest()) != body_hash:
        raise SignatureError("SignatureDoesNotMatch", "x-amz-content-sha256 is not the hash of the body")
    aws_request = AWSRequest(method=request.method, url=url, data=request.body, headers=headers)
    aws_request.context["timestamp"] = parts.date
    signer = SigV4Auth(Credentials(parts.access_key_id, key.secret), parts.service, parts.region)
    canonical_request = signer.canonical_request(aws_request)
    return signer.signature(signer.string_to_sign(aws_request, canonical_request), aws_request)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
