"""CDK's command line, pinned in package.json, with the lab as AWS."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.aws.facts import CHECKOUT
from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.ports import LOOPBACK
from lab.settings import ACCOUNT, REGION

COMMAND = CHECKOUT / "node_modules" / ".bin" / "cdk"


@dataclass(frozen=True)
class Cdk:
    """The command line for one configuration.

    Attributes:
        lab: plays AWS; the CDK is its administrator.
        config: the registrar.yaml that is deployed.
        output: where templates and assets are written.

    """

    lab: LocalEks
    config: Path
    output: Path

    def bootstrap(self) -> None:
        """Prepare account and region, as is done once for each."""
        self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def deploy(self) -> str:
        """Deploy every stack; returns what the CDK says.

        Directly, since moto can create by a change set and not update by one.
        """
        return self._run("deploy", "--all", "--require-approval", "never", "--method", "direct")

    def destroy(self) -> None:
        """Take every stack away."""
        self._run("destroy", "--all", "--force")

    def _run(self, *arguments: str) -> str:
        if not COMMAND.exists():
            raise LabError("CDK's command line is not installed here: run `npm ci`, or `make deploy-local` does it")
        options = ("--no-notices", "-c", f"config={self.config}", "-o", str(self.output))
        done = subprocess.run(
            [str(COMMAND), *arguments, *options],
            cwd=CHECKOUT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LabError(f"cdk {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def _environment(self) -> dict[str, str]:
        here = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        # moto takes the buckets' names out of host names only where the host has a name.
        endpoint = self.lab.aws.endpoint_url.replace(LOOPBACK, "localhost")
        return here | self.lab.aws.admin_environment() | {"AWS_ENDPOINT_URL": endpoint, "CI": "true"}
