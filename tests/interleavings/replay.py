"""A program stopped at each remote call, without threads: it is run again over the answers that it had so far.

The registrar is deterministic between two remote calls, so what it does next is a function of the answers that it got.
A ``Moment`` is a program after some answers. Moments are kept, so that the code runs once for each distinct history,
however many schedules lead there, and two equal histories are one object.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.memory.clients import Ask
from lab.memory.requests import Answer, Request

Program = Callable[[Ask], str]


class Stopped(BaseException):
    """Raised where a program asks for more than it may know yet. No code of the registrar may catch it."""


class Moment:
    """A program after some answers: either it ``asks`` something now, or it has ended with a ``result``.

    ``run`` is which run of its actor this is, for those who keep moments of several.
    """

    __slots__ = ("_following", "answers", "asks", "program", "questions", "result", "run")

    def __init__(
        self,
        program: Program,
        run: int = 0,
        questions: tuple[Request, ...] = (),
        answers: tuple[Answer, ...] = (),
    ) -> None:
        self.program, self.run, self.questions, self.answers = program, run, questions, answers
        self._following: dict[Answer, Moment] = {}
        self.asks, self.result = self._continue()

    def after(self, answer: Answer) -> Moment:
        """The program after one more answer."""
        assert self.asks is not None
        if answer not in self._following:
            questions, answers = (*self.questions, self.asks), (*self.answers, answer)
            self._following[answer] = Moment(self.program, self.run, questions, answers)
        return self._following[answer]

    def count(self) -> int:
        """How many histories of this program were met, from here on."""
        return 1 + sum(following.count() for following in self._following.values())

    def _continue(self) -> tuple[Request | None, str | None]:
        asked: list[Request] = []

        def ask(request: Request) -> Answer:
            assert len(asked) <= len(self.answers), "the program went on after it was stopped"
            asked.append(request)
            if len(asked) > len(self.answers):
                raise Stopped
            return self.answers[len(asked) - 1]

        try:
            result = self.program(ask)
        except Stopped:
            assert tuple(asked[:-1]) == self.questions, "the program does not ask the same again"
            return asked[-1], None
        assert len(asked) == len(self.answers), "the program caught what should have stopped it"
        return None, result
