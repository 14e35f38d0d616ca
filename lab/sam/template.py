"""The CDK app's template, and the copy of it that runs on this machine."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.bundling.target import Architecture
from lab.aws.facts import CHECKOUT
from lab.errors import LabError
from lab.settings import REGION

# What the template need not say in AWS, and `sam` passes into the container only if the template names it.
_ADDED = ("AWS_ENDPOINT_URL",)


@dataclass(frozen=True)
class LocalTemplate:
    """A template file and the logical id of the function in it that serves the public network."""

    path: Path
    function: str


def host_architecture() -> Architecture:
    """The architecture whose containers run on this machine without an emulator."""
    return Architecture.ARM64 if platform.machine().lower() in ("aarch64", "arm64") else Architecture.X86_64


def synthesise(config: Path, folder: Path) -> Path:
    """Run the CDK app for a configuration and return the template of its hub in the lab's region.

    The package is not bundled: that of the template is for Lambda's machines. Raises ``LabError`` with what the app
    says.
    """
    context = json.loads((CHECKOUT / "cdk.json").read_text())["context"]
    # The CDK's command line asks for the metadata by itself: it tells `sam` where the code is.
    context |= {"config": str(config.absolute()), "aws:cdk:bundling-stacks": [], "aws:cdk:enable-asset-metadata": True}
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "app.py")],
        cwd=CHECKOUT,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LabError(f"the CDK app could not be synthesised for {config}:\n{done.stderr.strip()}")
    for template in sorted(folder.glob(f"*{REGION}.template.json")):
        return template
    raise LabError(f"the CDK app made no hub stack in {REGION} for {config}")


def localised(template: Path, package: Path) -> LocalTemplate:
    """Write the copy that runs here, beside the template: nothing but three things differ.

    The function's architecture is this machine's, its code is ``package``, and it names the variables that lead it to
    the lab (`sam` passes no others).
    """
    document = json.loads(template.read_text())
    logical_id, resource = _public_function(document)
    properties = resource["Properties"]
    properties["Architectures"] = [str(host_architecture())]
    properties["Environment"]["Variables"] |= dict.fromkeys(_ADDED, "")
    resource["Metadata"]["aws:asset:path"] = str(package.absolute())
    path = template.with_name(template.name.replace(".template.json", ".local.template.json"))
    path.write_text(json.dumps(document, indent=1))
    return LocalTemplate(path, logical_id)


def _public_function(document: Mapping[str, Any]) -> tuple[str, Any]:
    for logical_id, resource in document["Resources"].items():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        if resource["Type"] == "AWS::Lambda::Function" and variables.get("REGISTRAR_NETWORK") == "public":
            return logical_id, resource
    raise LabError("the template has no function for the public network")
