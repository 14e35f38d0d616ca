"""A child process that is asked and answers, one JSON document a line. It ends with its parent."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Self

from lab.errors import LabError

LONGEST_END_S = 5.0


class Child:
    """``python -m MODULE`` with an environment of its own; what it prints is thrown away, its errors are shown."""

    def __init__(self, module: str, environment: Mapping[str, str], python: Sequence[str] = (sys.executable,)) -> None:
        reading, writing = os.pipe()
        inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._module = module
        self._process = subprocess.Popen(
            [*python, "-m", module, str(writing)],
            env=inherited | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=(writing,),
            start_new_session=True,
            text=True,
        )
        os.close(writing)
        assert self._process.stdin is not None  # a pipe was asked for
        self._questions = self._process.stdin
        self._answers: IO[str] = os.fdopen(reading)

    def ask(self, question: Any) -> Any:
        """The child's answer. Raises ``LabError`` if it has ended; its traceback is on the terminal then."""
        with contextlib.suppress(BrokenPipeError):
            self._questions.write(f"{json.dumps(question)}\n")
            self._questions.flush()
        answer = self._answers.readline()
        if not answer:
            raise LabError(f"{self._module} ended early; its error stands above")
        return json.loads(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._questions.close()
        self._answers.close()
        try:
            self._process.wait(LONGEST_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve(answer: Callable[[Any], Any]) -> None:
    """In the child: answer each question until there are no more, which also happens when the parent dies."""
    with os.fdopen(int(sys.argv[1]), "w", buffering=1) as answers:
        for question in sys.stdin:
            answers.write(f"{json.dumps(answer(json.loads(question)))}\n")
