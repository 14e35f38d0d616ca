"""The way to AWS as a function has it: each call takes its time, and more than so many a second are refused."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import boto3
import urllib3
from botocore.awsrequest import AWSResponse

_REFUSAL = b'{"message": "Rate exceeded"}'


@dataclass
class Network:
    """Between botocore and the lab. ``delay`` is in seconds, ``rate`` in calls a second, ``None`` without an end.

    ``calls`` counts all, ``refused`` those in whose place a refusal came. The rate is a token bucket with one second's
    calls in it, as AWS describes its own for EC2 ("Request throttling for the Amazon EC2 API"); EKS's figures are not
    published.
    """

    delay: float
    rate: float | None
    calls: int = 0
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: float = 0.0
    _at: float = field(default_factory=time.monotonic)

    def lead(self, session: boto3.Session) -> None:
        """Lead the calls of every client that the session makes from now on."""
        self._left = self.rate or 0.0
        events: Any = session.events  # the stubs know of no handler that answers in the server's place
        events.register("before-send", self._pass)

    def _pass(self, request: Any, **_: Any) -> AWSResponse | None:
        """One call: after its time ``None``, so that it goes on, or a refusal in its place."""
        time.sleep(self.delay)
        with self._lock:
            self.calls += 1
            if self._has_room():
                return None
            self.refused += 1
        headers: Any = {"x-amzn-errortype": "ThrottlingException"}
        body = urllib3.HTTPResponse(io.BytesIO(_REFUSAL), preload_content=False)
        return AWSResponse(request.url, 429, headers, body)

    def _has_room(self) -> bool:
        if self.rate is None:
            return True
        now = time.monotonic()
        self._left, self._at = min(self.rate, self._left + (now - self._at) * self.rate), now
        if self._left < 1:
            return False
        self._left -= 1
        return True
