"""The authentication mode of a lab's cluster: its authenticator follows what UpdateClusterConfig asks for."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

_POLL_S = 0.1


@dataclass
class ModeKeeper:
    """Follows announcements of EKS in a thread of its own.

    Args:
        announced: the file ``{"update": …, "mode": …}``, replaced by EKS at each change.
        follow: lets the authenticator follow a mode; raises LabError if it cannot.
        end: tells EKS that an update has ended, with the error if it failed.

    """

    announced: Path
    follow: Callable[[str], None]
    end: Callable[[str, str | None], None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, daemon=True, name="authentication-mode")
        self._thread.start()

    def stop(self) -> None:
        """End; a change that is under way is finished first."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        seen = ""
        while not self._stopping.wait(_POLL_S):
            text = self.announced.read_text() if self.announced.exists() else ""
            if text != seen:
                seen = text
                self._change(**json.loads(text))

    def _change(self, update: str, mode: str) -> None:
        try:
            self.follow(mode)
        except LabError as error:
            self.end(update, str(error))
        else:
            self.end(update, None)
