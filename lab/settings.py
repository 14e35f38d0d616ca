"""What is fixed about a lab, and where its files lie."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

CLUSTER = "lab"
REGION = "us-east-1"
ACCOUNT = "123456789012"
REGISTRAR_ROLE = "eks-registrar"
CONFIG_MAP = "CONFIG_MAP"
API = "API"
API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
AUTHENTICATION_MODES = (CONFIG_MAP, API, API_AND_CONFIG_MAP)

# Port 1 is reserved (TCPMUX, RFC 1078), and no part of a lab is ever given it.
UNREACHABLE = "https://127.0.0.1:1"

CONFIGURATION = Path(__file__).parent / "registrar.yaml"
WITHOUT_KUBERNETES = Path(__file__).parent / "registrar-kubernetes-none.yaml"
AWS_AUTH = Path(__file__).parent / "aws-auth.yaml"

# Marks a folder as a lab's, and keeps its keys out of every commit.
_MARKER = "# made by python -m lab\n*\n"


@dataclass(frozen=True)
class LabFolder:
    """The files of one lab.

    Files that hold a secret have mode 0600; should one be forgotten, the folder itself has mode 0700.
    """

    root: Path

    @classmethod
    def claim(cls, root: Path) -> "LabFolder":
        """Make the folder or take one that a lab has made before.

        Raises:
            LabError: if something else is in it, which a lab would overwrite.

        """
        folder = cls(root.absolute())
        folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        marker = folder.root / ".gitignore"
        if not marker.exists():
            if any(folder.root.iterdir()):
                raise LabError(f"{folder.root} holds other files than a lab's: choose another --folder")
            marker.write_text(_MARKER)
        elif marker.read_text() != _MARKER:
            raise LabError(f"{folder.root} holds other files than a lab's: choose another --folder")
        folder.root.chmod(0o700)
        return folder

    @classmethod
    def prepare(cls, root: Path) -> "LabFolder":
        """Claim the folder; logs and keys that a lab of before left there are deleted."""
        folder = cls.claim(root)
        for stale in (folder.env, folder.container_env, folder.state):
            stale.unlink(missing_ok=True)
        for made in (folder.logs, folder.secrets, folder.kubeconfigs):
            folder.fresh(made.name)
        return folder

    @property
    def env(self) -> Path:
        """Shell exports for a person."""
        return self.root / "env"

    @property
    def container_env(self) -> Path:
        """The registrar's environment in a container, as ``docker run --env-file`` takes it."""
        return self.root / "container.env"

    @property
    def state(self) -> Path:
        """What other commands need to know about a lab that runs, as JSON."""
        return self.root / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.root / "lock"

    @property
    def configuration(self) -> Path:
        """The ``registrar.yaml`` in force (REGISTRAR_CONFIG)."""
        return self.root / "registrar.yaml"

    @property
    def progress(self) -> Path:
        """What the supervisor says."""
        return self.root / "supervisor.log"

    @property
    def logs(self) -> Path:
        """One log for each part."""
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        """Certificates and keys."""
        return self.root / "pki"

    @property
    def kubeconfigs(self) -> Path:
        """The admin's and one for each role that asked for one."""
        return self.root / "kubeconfigs"

    @property
    def audit_log(self) -> Path:
        """The API server's audit log: one JSON event a line, level Metadata."""
        return self.logs / "audit.jsonl"

    def fresh(self, name: str) -> Path:
        """An empty folder of that name: what a lab of before left in it is deleted."""
        path = self.root / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        return path

    def write_secret(self, path: Path, text: str) -> Path:
        """Write a file that only its owner can read."""
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text)
        return path
