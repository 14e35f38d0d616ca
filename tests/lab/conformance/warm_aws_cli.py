"""The AWS CLI, imported once: `python warm_aws_cli.py` runs a command of it for each line that it reads.

A line is JSON, ``{"arguments": […], "environment": {…}}``; what the command prints comes back as one line of JSON text.
Each runs in a process of its own, forked from one that has imported everything: importing is most of what the CLI does,
and a table of hundreds of questions is asked. It ends with its standard input.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WarmAwsCli:
    """Such a process; safe to use from several threads."""

    process: subprocess.Popen[str]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[WarmAwsCli]:
        """While the context lasts."""
        command = [sys.executable, __file__]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield cls(process)

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
        """What ``aws ARGUMENTS`` prints. Raises ``AssertionError`` if it fails."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self._lock:
            print(json.dumps({"arguments": arguments, "environment": environment}), file=self.process.stdin, flush=True)
            printed = str(json.loads(self.process.stdout.readline()))
        assert printed, f"aws {' '.join(arguments)} failed"
        return printed


def main() -> None:
    """Serve until standard input ends."""
    from awscli import clidriver  # noqa: PLC0415 - no test may import it: it changes botocore

    own = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # where awscli keeps what it knows, set by its import
    for line in sys.stdin:
        asked, printed = json.loads(line), io.StringIO()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        status = 1
        try:
            os.environ.clear()
            os.environ.update(own | asked["environment"])
            with redirect_stdout(printed):
                status = clidriver.create_clidriver().main(asked["arguments"])
        finally:
            sys.stdout.write(json.dumps(printed.getvalue() if status == 0 else "") + "\n")
            sys.stdout.flush()
            os._exit(status)


if __name__ == "__main__":
    main()
