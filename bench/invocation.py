"""The context that Lambda gives to an invocation, as far as the handler reads it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from registrar.limits import FUNCTION_SECONDS


@dataclass(frozen=True)
class Invocation:
    """Lambda's context object (Lambda developer guide, "Using the Lambda context object to retrieve … information")."""

    function_name: str = "eks-registrar"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:eks-registrar"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    _over_at: float = field(default_factory=lambda: time.monotonic() + FUNCTION_SECONDS)

    def get_remaining_time_in_millis(self) -> int:
        """What is left of the function's time."""
        return int((self._over_at - time.monotonic()) * 1000)
