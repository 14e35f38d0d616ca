"""What can happen to a call between its client and its server. Each harm is a value that says what it does.

Instead       the server is not asked, another answer comes
Reset         the connection breaks: before the server is asked, half-way through its answer, or with the answer lost
Cut           the answer is shorter than it says, or shorter than it should be
Hang          no answer comes, with or without the server being asked
Drip          the answer comes, a little at a time
Bent          the answer is changed on its way
Meanwhile     something else happens first, or between the server's work and its answer
Kill          the client is killed, before the server is asked or after its work
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from lab.aws.wire import Response


class Exchange(Protocol):
    """A call that has arrived, in the hands of a proxy."""

    name: str

    def forward(self) -> Response:
        """Ask the server: its whole answer."""

    def answer(self, response: Response, send: int | None = None) -> None:
        """Give the client an answer; of its body only the first ``send`` bytes, whatever Content-Length says."""

    def drip(self, response: Response, bytes_at_once: int, pause_s: float) -> None:
        """Give the client an answer slowly, until the client leaves or all harm is taken away."""

    def reset(self) -> None:
        """Break the connection by a TCP reset."""

    def hang(self) -> None:
        """Wait until all harm is taken away."""

    def aws_error(self, code: str, status: int) -> Response:
        """An error of AWS in the protocol of the call's service."""


class Harm(Protocol):
    """Something that befalls a call."""

    def befall(self, exchange: Exchange) -> None:
        """Do it; the client has its answer afterwards, or a broken connection."""


class Moment(Enum):
    """Where in a call harm is done: before the server has it, or after its work, before the answer arrives."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Instead:
    """Another answer; the server is not asked."""

    response: Response

    def befall(self, exchange: Exchange) -> None:
        """Answer."""
        exchange.answer(self.response)


@dataclass(frozen=True)
class AwsError:
    """An error of AWS, in the protocol of the service that was asked."""

    code: str
    status: int

    def befall(self, exchange: Exchange) -> None:
        """Answer."""
        exchange.answer(exchange.aws_error(self.code, self.status))


@dataclass(frozen=True)
class Reset:
    """A TCP reset; after the server's work its answer is lost."""

    moment: Moment

    def befall(self, exchange: Exchange) -> None:
        """Break the connection."""
        if self.moment is Moment.AFTER:
            exchange.forward()
        exchange.reset()


@dataclass(frozen=True)
class ResetHalfway:
    """A TCP reset in the middle of the answer's body."""

    def befall(self, exchange: Exchange) -> None:
        """Send a half, then break the connection."""
        response = exchange.forward()
        exchange.answer(response, send=len(response.body) // 2)
        exchange.reset()


@dataclass(frozen=True)
class Cut:
    """Half of the answer's body. ``honest``: Content-Length says so, and only the body itself shows it."""

    honest: bool

    def befall(self, exchange: Exchange) -> None:
        """Send a half."""
        response = exchange.forward()
        half = response.body[: len(response.body) // 2]
        if self.honest:
            exchange.answer(replace(response, body=half))
        else:
            exchange.answer(response, send=len(half))


@dataclass(frozen=True)
class Hang:
    """No answer, ever; the server may have done its work."""

    moment: Moment

    def befall(self, exchange: Exchange) -> None:
        """Wait."""
        if self.moment is Moment.AFTER:
            exchange.forward()
        exchange.hang()


@dataclass(frozen=True)
class Drip:
    """The whole answer, slower than anybody waits; no single pause is longer than a client's read timeout."""

    bytes_at_once: int
    pause_s: float

    def befall(self, exchange: Exchange) -> None:
        """Drip."""
        exchange.drip(exchange.forward(), self.bytes_at_once, self.pause_s)


@dataclass(frozen=True)
class Bent:
    """The server's answer, changed."""

    change: Callable[[Response], Response]

    def befall(self, exchange: Exchange) -> None:
        """Change it."""
        exchange.answer(self.change(exchange.forward()))


@dataclass(frozen=True)
class Meanwhile:
    """Something else happens, and then the call goes on as if nothing were."""

    moment: Moment
    act: Callable[[], None]

    def befall(self, exchange: Exchange) -> None:
        """Act, at the moment."""
        if self.moment is Moment.BEFORE:
            self.act()
            exchange.answer(exchange.forward())
        else:
            response = exchange.forward()
            self.act()
            exchange.answer(response)


@dataclass(frozen=True)
class Kill:
    """SIGKILL for the client. It is dead before the server is asked, or never learns that its work was done."""

    moment: Moment
    pid: int

    def befall(self, exchange: Exchange) -> None:
        """Kill it."""
        if self.moment is Moment.AFTER:
            exchange.forward()
        os.kill(self.pid, signal.SIGKILL)
        exchange.reset()
