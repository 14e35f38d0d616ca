"""What Lambda's runtime itself brings to a function: a Python, awslambdaric and what that needs, and nothing else."""

import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import uv

from infra.bundling import bytecode
from infra.bundling.target import LAMBDA_PYTHON, Architecture, Target

# awslambdaric and its requirements, as requirements.lock pins them for this environment.
_NAMES = ("awslambdaric", "simplejson", "snapshot-restore-py")


@dataclass(frozen=True)
class LambdaRuntime:
    """An interpreter without any library of this machine's, and the folder of the runtime's own."""

    python: Path
    target: Target
    libraries: Path

    @classmethod
    def install(cls, libraries: Path) -> "LambdaRuntime":
        """The function's runtime where this machine has its Python, else the Python of the tests."""
        found = bytecode.find_interpreter(LAMBDA_PYTHON)
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        python, minor = (found.path, LAMBDA_PYTHON) if found else (Path(sys.executable), here)
        machine = Architecture.ARM64 if platform.machine() in ("aarch64", "arm64") else Architecture.X86_64
        target = Target(machine, minor)
        pins = [f"{name}=={metadata.version(name)}" for name in _NAMES]
        command = [str(uv.find_uv_bin()), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
        wanted = ["--python-platform", target.platform, "--python-version", minor, "--no-python-downloads"]
        done = subprocess.run(
            [*command, *wanted, "--target", str(libraries), *pins], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return cls(python, target, libraries)

    @property
    def command(self) -> tuple[str, ...]:
        """The interpreter as a command; ``-S`` keeps its own site-packages out."""
        return (str(self.python), "-S")
