"""Every error of a boto3 call, told as one of ours. "Could not read" is never "has no tags"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from registrar.errors import RegistrarError, SourceDenied, Throttled, Unreachable
from registrar.limits import limited

# botocore's own list (botocore/data/_retry.json and retries/standard.py, ThrottledRetryableChecker).
THROTTLING = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
        "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException",
    }
)  # fmt: skip
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OptInRequired"})


def code_of(error: ClientError) -> str:
    """The error code that AWS answered with."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def told_as_ours(what: str, codes: Mapping[str, type[RegistrarError]] | None = None) -> Iterator[None]:
    """Raise ``Throttled``, ``SourceDenied`` or ``Unreachable`` for whatever the AWS call inside raises.

    ``what`` says what was tried and what is not done for want of it, for the reader of the log. ``codes`` are the
    codes of the call that mean something else, and what.
    """
    try:
        with limited(what):
            yield
    except ClientError as error:
        code = code_of(error)
        message = f"{what}: AWS answered {code}: {error.response.get('Error', {}).get('Message', '')}"
        if codes and code in codes:
            raise codes[code](message) from error
        if code in THROTTLING:
            raise Throttled(message) from error
        if code in DENIED:
            raise SourceDenied(f"{message}; check the registrar's IAM role and the account's SCPs") from error
        raise Unreachable(message) from error
    except BotoCoreError as error:
        raise Unreachable(f"{what}: AWS did not answer: {error}") from error
    except (ResponseParserError, KeyError) as error:
        # botocore takes a body that is no JSON for an empty answer, and raises KeyError for XML that is not AWS's.
        raise Unreachable(f"{what}: the answer is not one of AWS, or was cut off ({type(error).__name__})") from error
