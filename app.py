"""The CDK app. `cdk synth` and `cdk deploy` run it (cdk.json); docs/deploy.md tells how."""

from __future__ import annotations

import os
import sys

# CDK's libraries start Node when they are imported; if it is past its end of life they would fill the screen.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

import aws_cdk as cdk

from infra.bundling.code import function_code
from infra.composition import compose
from infra.settings import AppSettings
from registrar import configuration
from registrar.errors import ConfigurationError


def main() -> int:
    """Synthesise. Returns 0, or 1 where the configuration is wrong or the function's package cannot be built.

    What is wrong is said on standard error without a stack trace: file, line, value and what was expected.
    """
    app = cdk.App(analytics_reporting=False)
    try:
        settings = AppSettings.read(app.node.try_get_context, os.environ)
        policy = configuration.load(settings.config, settings.defaults)
        compose(app, policy, settings, lambda: function_code(settings.config, settings.defaults))
    except ConfigurationError as error:
        sys.stderr.write(f"eks-registrar: {error}\n")
        return 1
    except RuntimeError as error:
        # jsii's form of what was raised in Node, and so of what the bundling raised in Node's call of it.
        if "FailedToBundleAsset" not in str(error.__cause__):
            raise
        sys.stderr.write(f"eks-registrar: {error}\n")
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
