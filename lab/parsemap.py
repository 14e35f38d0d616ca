"""Asks aws-iam-authenticator's own parser what it reads in an aws-auth: the judge of the registrar's reading of it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab import binaries
from lab.errors import LabError


@dataclass(frozen=True)
class Verdict:
    """What ``ParseMap`` (``pkg/mapper/configmap``) returned.

    Attributes:
        roles: the role mappings, in order, as the authenticator would write them: ``rolearn`` or ``sso``, ``username``,
            ``groups`` (None where the row has none), ``userid``.
        users: the user mappings alike, with ``userarn``.
        accounts: the mapped accounts.
        error: its error, empty if there is none; rows that could be read are returned beside it.

    """

    roles: tuple[dict[str, Any], ...]
    users: tuple[dict[str, Any], ...]
    accounts: tuple[str, ...]
    error: str


class ParseMap:
    """One process of ``parsemap`` that judges any number of bodies, some ten thousand a second. Not for threads."""

    def __init__(self, program: Path | None = None) -> None:
        program = program or binaries.ensure(["parsemap"])["parsemap"]
        self._process = subprocess.Popen(
            [str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __call__(self, data: Mapping[str, str]) -> Verdict:
        """Judge the ``data`` of a ConfigMap.

        Raises:
            LabError: if the process has ended.

        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: PT018 - both are pipes, for the type checker
        stdin.write(json.dumps(dict(data)) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise LabError(f"parsemap ended with exit code {self._process.wait()}; its error is on standard error")
        answer = json.loads(line)
        return Verdict(tuple(answer["roles"]), tuple(answer["users"]), tuple(answer["accounts"]), answer["error"])

    def close(self) -> None:
        """End the process, which ends at the end of its input."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
