"""A hook in the lab that makes AWS fail: the next calls of an action are answered with an error of one's choice."""

import json
import threading
from dataclasses import dataclass

from lab.aws.wire import Request, Response

FAULTS_PATH = "/lab/faults"


@dataclass(frozen=True)
class Fault:
    """An error that AWS would answer.

    Attributes:
        action: such as ``iam:GetRole``.
        code: such as ``Throttling``.
        status: the HTTP status.
        message: its text.
        times: how many calls meet it (SDKs try again by themselves: an SDK's default is three to five tries).

    """

    action: str
    code: str
    status: int
    message: str
    times: int


class Faults:
    """The faults that are yet to come. POST adds one, DELETE takes all away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: list[tuple[Fault, int]] = []

    def answer(self, request: Request) -> Response:
        """The hook itself."""
        with self._lock:
            if request.method == "DELETE":
                self._left = []
            else:
                fault = Fault(**json.loads(request.body))
                self._left.append((fault, fault.times))
        return Response(200, (), b"ok")

    def take(self, action: str | None) -> Fault | None:
        """The fault that this call meets, if any; it is then used up by one."""
        with self._lock:
            for index, (fault, left) in enumerate(self._left):
                if fault.action == action:
                    self._left[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None
