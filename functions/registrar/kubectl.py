"""A cluster under the caller's own kubeconfig, by the caller's own kubectl. The function never imports this.

What a person does by hand (put an old aws-auth back) must not need the registrar's identity: it is shut out when it is
needed most. kubectl knows every way in that a kubeconfig can name; a library of ours would know some.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registrar.errors import RegistrarError

Object = dict[str, Any]

_ANSWER_SECONDS = 30
_LONGEST_SECONDS = 120


class KubectlFailed(RegistrarError):
    """kubectl is not there, or ended with an error, whose text is in the message."""


class KubectlConflict(KubectlFailed):
    """The object was changed by somebody else since it was read; nothing was written."""


@dataclass(frozen=True)
class Kubectl:
    """One kubectl and the context it uses; ``None`` is the current one."""

    program: str = "kubectl"
    context: str | None = None

    def get(self, namespace: str, names: Sequence[str]) -> list[Object]:
        """The ConfigMaps of these names, as far as there are any. Raises ``KubectlFailed``."""
        told = self._run("get", "configmap", *names, "-n", namespace, "--ignore-not-found", "-o", "json")
        if not told.strip():
            return []
        found = _object(told)
        return list(found["items"]) if found.get("kind") == "List" else [found]

    def replace(self, body: Object) -> None:
        """Put an object in the place of the one there is.

        Raises ``KubectlConflict`` unless that still has the ``resourceVersion`` of ``body``, and ``KubectlFailed``.
        """
        self._run("replace", "-f", "-", sent=body)

    def create(self, body: Object) -> None:
        """Make an object. Raises ``KubectlFailed``, also if there is one by now."""
        self._run("create", "-f", "-", sent=body)

    def ask(self, *arguments: str, sent: Object | None = None) -> str:
        """Any other command: what it printed. ``sent`` is what it reads with ``-f -``. Raises ``KubectlFailed``."""
        return self._run(*arguments, sent=sent)

    def server(self) -> str | None:
        """The address of the cluster."""
        clusters = _object(self._run("config", "view", "--minify", "-o", "json")).get("clusters") or []
        return clusters[0]["cluster"].get("server") if clusters else None

    def where(self) -> str:
        """Context and address of the cluster, for a person to recognise."""
        seen = _object(self._run("config", "view", "--minify", "-o", "json"))
        contexts, clusters = seen.get("contexts") or [], seen.get("clusters") or []
        if not contexts or not clusters:
            return "the cluster that kubectl finds without a kubeconfig"
        return f"context {contexts[0]['name']} at {clusters[0]['cluster'].get('server')}"

    def _run(self, *arguments: str, sent: Object | None = None) -> str:
        chosen = [f"--context={self.context}"] if self.context else []
        command = [self.program, *chosen, f"--request-timeout={_ANSWER_SECONDS}s", *arguments]
        what = f"kubectl {' '.join(arguments[:2])}"
        try:
            # Without anything to send it keeps the terminal: a plugin that logs in may want to ask for something.
            done = subprocess.run(
                command,
                input=None if sent is None else json.dumps(sent),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=_LONGEST_SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise KubectlFailed(
                f"there is no {self.program}, and this works by your own kubectl: install it, or name it by --kubectl"
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KubectlFailed(f"{what} did not end well: {error}") from error
        if done.returncode != 0:
            kind = KubectlConflict if "(Conflict)" in done.stderr else KubectlFailed
            raise kind(f"{what}: {done.stderr.strip() or f'exit {done.returncode}'}")
        return done.stdout


def _object(text: str) -> Object:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise KubectlFailed(f"kubectl answered what is not JSON: {text[:200]!r}") from error
    if not isinstance(found, dict):
        raise KubectlFailed(f"kubectl answered no object: {text[:200]!r}")
    return found
