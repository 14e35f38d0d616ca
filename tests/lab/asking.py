"""A role's own kubectl, which asks all the while something else happens."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Self

from stage import Stage


@dataclass
class Asking:
    """``with Asking(stage, role, namespace) as asking:`` asks for pods again and again, each time by a fresh session.

    Afterwards ``refusals`` holds what kubectl said where it got no answer, and ``answers`` counts those that it got.
    """

    stage: Stage
    role: str
    namespace: str
    answers: int = 0
    refusals: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            asked = self.stage.as_role(self.role, "get", "pods", "-n", self.namespace)
            if asked.returncode == 0:
                self.answers += 1
            else:
                self.refusals.append(asked.stderr)
