"""The package as ``aws_cdk.aws_lambda.Code``."""

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

from infra.bundling.package import build
from infra.bundling.target import REGISTRAR, Architecture, Target
from registrar.defaults import Defaults


@jsii.implements(cdk.ILocalBundling)
class LocalBundling:
    """Builds the package on this machine; the CDK never asks for Docker."""

    def __init__(self, config: Path, target: Target, defaults: Defaults | None) -> None:
        self._config = config
        self._target = target
        self._defaults = defaults

    def try_bundle(self, output_dir: str, *_args: Any, **_options: Any) -> bool:
        """Build into the folder that the CDK names, and say on standard error what came of it."""
        print(build(Path(output_dir), self._config, self._target, self._defaults), file=sys.stderr)
        return True


def function_code(
    config: Path, defaults: Defaults | None = None, architecture: Architecture = Architecture.ARM64
) -> lambda_.Code:
    """The function's code with a configuration in it, for one stack; ``defaults`` fill what its clusters leave out.

    It is built at synth, when the stack is among those that are bundled; its hash is that of what was built.
    """
    return lambda_.Code.from_asset(
        str(REGISTRAR.parent),
        asset_hash_type=cdk.AssetHashType.OUTPUT,
        bundling=cdk.BundlingOptions(
            # Asked for, and never pulled: the local bundling does not say no.
            image=cdk.DockerImage.from_registry("not-used"),
            local=LocalBundling(config, Target(Architecture(architecture)), defaults),
        ),
    )
