"""What the tests of the AWS side share."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lab.aws.side import AwsSide
from lab.pki import CertificateAuthority

ACCOUNT = "123456789012"
CLUSTER = "lab"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Journal:
    """What the test function was invoked with."""

    path: Path

    def invocations(self) -> list[dict[str, Any]]:
        """All invocations so far, oldest first."""
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def records(self) -> list[dict[str, Any]]:
        """The SQS records of all invocations."""
        return [record for line in self.invocations() for record in line["event"].get("Records", [])]

    def events(self, event_name: str) -> list[dict[str, Any]]:
        """The EventBridge events of one IAM call that arrived as records."""
        bodies = [json.loads(record["body"]) for record in self.records() if '"aws.iam"' in record["body"]]
        return [body for body in bodies if body["detail"]["eventName"] == event_name]


def eventually(ask: Callable[[], Found], deadline_s: float = 60.0) -> Found:
    """Ask until the answer is true; fails after the deadline, which no test is expected to reach."""
    end = time.monotonic() + deadline_s
    while not (answer := ask()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return answer


@dataclass(frozen=True)
class Lab:
    """The AWS side with its certificate authority."""

    side: AwsSide
    ca: CertificateAuthority
