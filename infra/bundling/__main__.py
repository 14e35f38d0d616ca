"""``python -m infra.bundling``: build the function's package in a folder, without the CDK."""

import argparse
import os
import sys
from pathlib import Path

from infra.bundling.errors import BundlingError
from infra.bundling.package import build
from infra.bundling.target import LAMBDA_PYTHON, Architecture, Target
from infra.settings import cdk_defaults
from registrar.errors import ConfigurationError


def main(argv: list[str] | None = None) -> int:
    """Build it; returns 0, or 1 with one message on standard error."""
    options = _parser().parse_args(argv)
    try:
        target = Target(options.architecture, options.python)
        print(build(options.output, options.config, target, cdk_defaults(os.environ)))
    except (BundlingError, ConfigurationError) as error:
        print(f"bundling: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.bundling", description="Build the function's package.")
    parser.add_argument("--output", type=Path, required=True, help="an empty folder, or one that is not there yet")
    parser.add_argument("--config", type=Path, default=Path("registrar.yaml"), help="default: registrar.yaml")
    parser.add_argument("--architecture", type=Architecture, choices=list(Architecture), default=Architecture.ARM64)
    parser.add_argument("--python", default=LAMBDA_PYTHON, help=f"the runtime's version (default: {LAMBDA_PYTHON})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
