"""Errors of boto3 calls, told as ours."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

from registrar.eks.aws_errors import DENIED, THROTTLING, code_of, told_as_ours
from registrar.errors import RegistrarError, Retry, SourceDenied, Throttled, Unreachable


def refusal(code: str, message: str = "no") -> ClientError:
    """An error answer of AWS."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetRole")


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        *((refusal(code), Throttled) for code in sorted(THROTTLING)),
        *((refusal(code), SourceDenied) for code in sorted(DENIED)),
        (refusal("InternalFailure"), Unreachable),
        (ClientError({}, "GetRole"), Unreachable),
        (NoCredentialsError(), Unreachable),
        (EndpointConnectionError(endpoint_url="https://iam.amazonaws.com"), Unreachable),
        (ConnectTimeoutError(endpoint_url="https://iam.amazonaws.com"), Unreachable),
    ],
)
def test_every_aws_error_is_a_retry(error: Exception, ours: type[RegistrarError]) -> None:
    """Throttled, denied and unreachable are told apart, all return to the queue, and the cause is kept."""
    with (
        pytest.raises(ours, match="role x: nothing was changed") as caught,
        told_as_ours("role x: nothing was changed"),
    ):
        raise error
    assert type(caught.value) is ours
    assert isinstance(caught.value, Retry)
    assert caught.value.__cause__ is error


def test_a_denial_says_what_to_check() -> None:
    """Code, AWS's text and the next step stand in the message."""
    with pytest.raises(SourceDenied) as caught, told_as_ours("x: iam:GetRole"):
        raise refusal("AccessDenied", "User is not authorized")
    assert str(caught.value) == (
        "x: iam:GetRole: AWS answered AccessDenied: User is not authorized; "
        "check the registrar's IAM role and the account's SCPs"
    )


def test_our_own_mistakes_are_not_disguised() -> None:
    """Only AWS's errors are translated: a bug stays a bug."""
    with pytest.raises(ZeroDivisionError), told_as_ours("x"):
        raise ZeroDivisionError("a bug")


def test_an_answer_without_a_code_has_an_empty_one() -> None:
    """A proxy's page instead of AWS's answer is no crash."""
    assert code_of(ClientError({}, "GetRole")) == ""
