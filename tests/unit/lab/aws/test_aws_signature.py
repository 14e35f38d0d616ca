"""The check of presigned requests: what STS accepts and what it refuses, at any time of the clock."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab.aws.caller import Caller, IssuedKey
from lab.aws.signature import SignatureError, parse, verify
from lab.aws.wire import Request

HOST = "sts.us-east-1.amazonaws.com"
URL = f"https://{HOST}/?Action=GetCallerIdentity&Version=2011-06-15"
CALLER = Caller("123456789012", "aws", "arn:aws:iam::123456789012:user/dev", "AIDAEXAMPLE", "AKIAEXAMPLE", "dev")
KEY = IssuedKey(CALLER, "not-a-real-secret", None, None, active=True)


def presigned(key: IssuedKey = KEY, cluster: str = "lab", expires: int = 60) -> Request:
    """A token's request, signed now by botocore as `aws eks get-token` signs it."""
    request = AWSRequest(method="GET", url=URL, headers={"x-k8s-aws-id": cluster})
    credentials = Credentials(key.caller.access_key_id, key.secret, key.session_token)
    SigV4QueryAuth(credentials, "sts", "us-east-1", expires=expires).add_auth(request)
    target = request.url.removeprefix(f"https://{HOST}")
    return Request("GET", target, {"host": HOST, "x-k8s-aws-id": cluster}, b"", "127.0.0.1")


def check(request: Request, key: IssuedKey | None = KEY, at: timedelta = timedelta()) -> IssuedKey:
    """Verify with the clock moved by ``at``."""
    return verify(request, parse(request), lambda _id: key, datetime.now(UTC) + at)


def refusal(request: Request, key: IssuedKey | None = KEY, at: timedelta = timedelta()) -> tuple[str, int, str]:
    """Code, status and text of the refusal."""
    with pytest.raises(SignatureError) as caught:
        check(request, key, at)
    return caught.value.code, caught.value.status, str(caught.value)


def test_a_good_request_names_its_caller() -> None:
    """The signature that botocore made is the one that is recomputed."""
    assert check(presigned()).caller == CALLER


@pytest.mark.parametrize("expires", [1, 60, 900])
def test_a_request_holds_for_fifteen_minutes_whatever_its_expiry_says(expires: int) -> None:
    """STS ignores X-Amz-Expires of a presigned GetCallerIdentity (aws-iam-authenticator, pkg/token/token.go)."""
    assert check(presigned(expires=expires), at=timedelta(minutes=14, seconds=50)).caller == CALLER


def test_a_request_of_more_than_fifteen_minutes_ago_is_expired() -> None:
    """In STS's own words."""
    code, status, text = refusal(presigned(), at=timedelta(minutes=15, seconds=5))
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert text.startswith("Signature expired: ")
    assert text.endswith(" - 15 min.)")


def test_a_request_from_the_future_is_not_yet_current() -> None:
    """A clock that runs ahead by more than 15 minutes."""
    code, status, text = refusal(presigned(), at=timedelta(minutes=-16))
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert text.startswith("Signature not yet current: ")


def test_another_clusters_header_breaks_the_signature() -> None:
    """The cluster's name is signed: a token for one cluster is none for another."""
    request = presigned()
    stolen = replace(request, headers=dict(request.headers) | {"x-k8s-aws-id": "prod"})
    assert refusal(stolen)[:2] == ("SignatureDoesNotMatch", 403)


def test_a_cluster_header_that_is_not_signed_is_refused() -> None:
    """A presigned URL made for something else cannot be turned into a token."""
    request = AWSRequest(method="GET", url=URL)
    SigV4QueryAuth(Credentials("AKIAEXAMPLE", KEY.secret), "sts", "us-east-1").add_auth(request)
    target = request.url.removeprefix(f"https://{HOST}")
    sent = Request("GET", target, {"host": HOST, "x-k8s-aws-id": "lab"}, b"", "127.0.0.1")
    code, _, text = refusal(sent)
    assert code == "SignatureDoesNotMatch"
    assert "x-k8s-aws-id" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X-Amz-Expires=60", "X-Amz-Expires=900"),
        ("Version=2011-06-15", "Version=2011-06-16"),
        ("us-east-1%2Fsts", "us-west-2%2Fsts"),
    ],
)
def test_any_change_to_the_query_breaks_the_signature(before: str, after: str) -> None:
    """Every parameter, and the scope, are part of what is signed."""
    request = presigned()
    assert before in request.target
    assert refusal(replace(request, target=request.target.replace(before, after)))[0] == "SignatureDoesNotMatch"


def test_a_flipped_signature_is_refused() -> None:
    """One hexadecimal digit is enough."""
    request = presigned()
    flipped = request.target[:-1] + ("0" if request.target[-1] != "0" else "1")
    assert refusal(replace(request, target=flipped))[:2] == ("SignatureDoesNotMatch", 403)


def test_another_method_or_body_breaks_the_signature() -> None:
    """The method and the hash of the body are part of what is signed."""
    assert refusal(replace(presigned(), method="POST"))[0] == "SignatureDoesNotMatch"
    assert refusal(replace(presigned(), body=b"Action=AssumeRole"))[0] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("key", [None, replace(KEY, active=False)])
def test_a_deleted_or_inactive_key_is_invalid(key: IssuedKey | None) -> None:
    """STS says the same of a key that never was, was deleted, or was made inactive."""
    code, status, text = refusal(presigned(), key)
    assert (code, status) == ("InvalidClientTokenId", 403)
    assert text == "The security token included in the request is invalid."


def test_a_session_token_must_be_the_issued_one() -> None:
    """A session's key without its token, or with another's, is invalid."""
    session = replace(KEY, session_token="issued", expires=datetime.now(UTC) + timedelta(hours=1))
    assert check(presigned(session), session).caller == CALLER
    assert refusal(presigned(replace(session, session_token="another")), session)[0] == "InvalidClientTokenId"
    assert refusal(presigned(KEY), session)[0] == "InvalidClientTokenId"
    assert refusal(presigned(session), KEY)[0] == "InvalidClientTokenId"


def test_a_session_that_has_ended_is_expired() -> None:
    """A token outlives no session, however fresh its signature is."""
    ended = replace(KEY, session_token="issued", expires=datetime.now(UTC) - timedelta(seconds=1))
    assert refusal(presigned(ended), ended)[:2] == ("ExpiredToken", 403)


def test_a_request_without_or_with_half_a_signature_is_refused() -> None:
    """Codes and statuses of what cannot even be checked."""
    bare = Request("GET", "/?Action=GetCallerIdentity", {"host": HOST}, b"", "127.0.0.1")
    assert refusal(bare)[:2] == ("MissingAuthenticationToken", 403)
    half = replace(bare, target=f"{bare.target}&X-Amz-Credential=AKIAEXAMPLE%2F20260101")
    assert refusal(half)[:2] == ("IncompleteSignature", 400)


def test_the_secret_is_not_in_a_keys_representation() -> None:
    """Whatever logs a key object logs no secret."""
    shown = repr(replace(KEY, session_token=base64.b64encode(b"token").decode()))
    assert KEY.secret not in shown
    assert "dG9rZW4=" not in shown
