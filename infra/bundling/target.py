"""Where the package is to run."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
LOCK = CHECKOUT / "functions" / "requirements.lock"
REGISTRAR = CHECKOUT / "functions" / "registrar"

# The minor version of the function's runtime: the stacks must name the same one.
LAMBDA_PYTHON = "3.13"

# Lambda unpacks the package here (https://docs.aws.amazon.com/lambda/latest/dg/python-package.html).
TASK_ROOT = "/var/task"


class Architecture(StrEnum):
    """An instruction set of Lambda, by the names that Lambda itself uses."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


@dataclass(frozen=True)
class Target:
    """The machine and the Python that the package is for.

    Attributes:
        architecture: of the function.
        python: minor version of the runtime, such as ``3.13``.

    """

    architecture: Architecture = Architecture.ARM64
    python: str = LAMBDA_PYTHON

    @property
    def platform(self) -> str:
        """The platform by the name that ``uv pip install --python-platform`` uses.

        manylinux2014 asks for glibc 2.17; the runtime's Amazon Linux 2023 has 2.34.
        """
        machine = "aarch64" if self.architecture is Architecture.ARM64 else "x86_64"
        return f"{machine}-manylinux2014"

    def __str__(self) -> str:
        return f"{self.architecture}, Python {self.python}"
