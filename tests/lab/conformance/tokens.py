"""A role's user and their tokens: each is what the exec plugin of their kubeconfig prints, `aws eks get-token`.

kubectl runs the plugin anew for each command. Here a token serves for several, and the CLI is imported once.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from stage import a_name
from warm_aws_cli import WarmAwsCli

from lab.local_eks import LocalEks

# What a role that is deleted later can still try.
SPARE_SESSIONS = 4


@dataclass
class User:
    """The user of a role, with kubectl. Each of the sessions is a user's own kubeconfig, as text."""

    lab: LocalEks
    aws_cli: WarmAwsCli
    role: str
    _spare: list[str] = field(default_factory=list)
    _kubeconfig: Path | None = None

    def prepare(self) -> None:
        """Begin sessions while the role is there."""
        self._spare += [self._session() for _ in range(SPARE_SESSIONS)]

    def renew(self) -> None:
        """Another session from now on: a token that was seen before is remembered by the API server for a while."""
        session = self._spare.pop() if self._spare else self._session()
        text = yaml.safe_load(session)
        plugin = text["users"][0]["user"]["exec"]
        environment = {one["name"]: one["value"] for one in plugin["env"]}
        printed = json.loads(self.aws_cli.run(plugin["args"], environment))
        text["users"][0]["user"] = {"token": printed["status"]["token"]}
        path = self.lab.folder.kubeconfigs / f"{a_name('user')}.yaml"
        self._kubeconfig = self.lab.folder.write_secret(path, yaml.safe_dump(text))

    def kubectl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Their kubectl, with the token of the session."""
        if self._kubeconfig is None:
            self.renew()
        return self.lab.kubectl(*arguments, kubeconfig=self._kubeconfig, check=False)

    def _session(self) -> str:
        return self.lab.kubeconfig_text_for_role(self.role, a_name("s"))
