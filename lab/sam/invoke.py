"""``sam local invoke`` as a call."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.containers import HOST_NAME
from lab.errors import LabError
from lab.sam.template import LocalTemplate

_PASSED_ON = ("PATH", "HOME", "DOCKER_HOST", "TMPDIR")
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class Invocation:
    """What came of an invocation: the function's answer (JSON), and what it and ``sam`` printed."""

    answer: str
    printed: str

    @property
    def failed(self) -> bool:
        """Whether the function ended with an error."""
        return '"errorType"' in self.answer


@dataclass(frozen=True)
class SamLocal:
    """A function that can be invoked in a container.

    Attributes:
        template: where it is described.
        environment: of the container: the registrar's credentials, and AWS under the host's name.
        pull: whether the base image may be pulled; without, one of that name must be there.

    """

    template: LocalTemplate
    environment: Mapping[str, str] = field(repr=False)
    pull: bool = True

    def invoke(self, event: Path) -> Invocation:
        """Invoke it with an event file.

        Raises ``LabError`` if ``sam`` itself fails. Credentials go in by the environment, nothing else of the caller's
        does.
        """
        variables = {self.template.function: dict(self.environment)}
        command = [
            *(str(Path(sys.executable).with_name("sam")), "local", "invoke", self.template.function),
            *("-t", str(self.template.path), "-e", str(event), "--env-vars", "/dev/stdin"),
            *("--add-host", f"{HOST_NAME}:host-gateway"),
            *(() if self.pull else ("--skip-pull-image",)),
        ]
        own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # `sam` hands on its own credentials and region; its endpoint is the real AWS, which it never asks here.
        credentials = {name: value for name, value in self.environment.items() if name in _CREDENTIALS}
        done = subprocess.run(
            command,
            cwd=self.template.path.parent,
            env=own | credentials | {"SAM_CLI_TELEMETRY": "0"},
            input=json.dumps(variables),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LabError(f"`sam local invoke` failed:\n{done.stderr.strip()}")
        return Invocation(done.stdout.strip(), done.stderr)
