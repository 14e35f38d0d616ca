"""The examples, synthesised once per session with cdk-nag and without the function's package.

`make snapshots` writes the snapshots anew.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from cdk_nag import AwsSolutionsChecks

from infra.bundling.code import function_code
from infra.composition import compose
from infra.settings import AppSettings
from registrar import configuration
from registrar.policy import Policy

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "infra"
EXAMPLES = tuple(sorted(path.parent.name for path in (ROOT / "examples").glob("*/registrar.yaml")))
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]
MAIL = "oncall@example.com"

Template = dict[str, Any]


@dataclass(frozen=True)
class Synthesised:
    """What came out of an app.

    ``templates`` by the stack's name; ``dependencies`` are the stacks that each waits for; ``violations`` are (rule,
    construct) of cdk-nag; ``acknowledged`` are (construct, finding, reason).
    """

    templates: dict[str, Template]
    dependencies: dict[str, set[str]]
    violations: list[tuple[str, str]]
    acknowledged: list[tuple[str, str, str]]


@cache
def example(name: str) -> Synthesised:
    """One of examples/, with a mail address for the alarms."""
    config = ROOT / "examples" / name / "registrar.yaml"
    return synthesised(configuration.load(config), AppSettings(config, alarm_mail=MAIL))


def synthesised(policy: Policy, settings: AppSettings) -> Synthesised:
    """Synthesise into a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(
            context={**CONTEXT, "aws:cdk:bundling-stacks": []},
            analytics_reporting=False,
            outdir=folder,
        )
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        compose(app, policy, settings, lambda: function_code(settings.config))
        acknowledged = _acknowledged(app)
        try:
            app.synth()
        except jsii.errors.JSIIError as error:  # the report says what it found, and the templates are there
            if "Validation failed" not in str(error):
                raise
        return Synthesised(
            _templates(Path(folder)), _dependencies(Path(folder)), _violations(Path(folder)), acknowledged
        )


def the_hub(name: str, region: str) -> Template:
    """The template of an example's hub."""
    return example(name).templates[f"eks-registrar-{region}"]


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The whole resources of one type, by their logical ids."""
    return {key: found for key, found in template["Resources"].items() if found["Type"] == kind}


def properties(template: Template, kind: str, **wanted: object) -> dict[str, Any]:
    """The properties of the one resource of a type that has these values."""
    every = [found["Properties"] for found in resources(template, kind).values()]
    (match,) = [one for one in every if all(one.get(key) == value for key, value in wanted.items())]
    return match


def statements(template: Template, kind: str, logical_id: str) -> list[dict[str, Any]]:
    """The statements of the policy of the one resource of a type whose logical id begins so."""
    (match,) = [found for key, found in resources(template, kind).items() if key.startswith(logical_id)]
    return list(match["Properties"]["PolicyDocument"]["Statement"])


def logical_id(template: Template, kind: str, **wanted: object) -> str:
    """The logical id of the one resource of a type that has these values."""
    found = [
        key
        for key, one in resources(template, kind).items()
        if all(one["Properties"].get(name) == value for name, value in wanted.items())
    ]
    (match,) = found
    return match


def snapshot(template: Template) -> str:
    """The template as text, without what follows from the content of the function's package."""
    text = json.dumps(template, indent=1, sort_keys=True)
    text = re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1VERSION", text)
    return re.sub(r"\b[0-9a-f]{64}\b", "ASSET", text) + "\n"


def _templates(folder: Path) -> dict[str, Template]:
    files = sorted(folder.glob("*.template.json"))
    return {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}


def _dependencies(folder: Path) -> dict[str, set[str]]:
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    return {name: set(artifact.get("dependencies", ())) for name, artifact in artifacts.items()}


def _violations(folder: Path) -> list[tuple[str, str]]:
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return [
        (violation["ruleName"], construct["constructPath"])
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]


def _acknowledged(app: cdk.App) -> list[tuple[str, str, str]]:
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return [
        (construct.node.path, finding, reason)
        for construct in app.node.find_all()
        for entry in construct.node.metadata
        if entry.type == key
        for finding, reason in dict(entry.data).items()
    ]


if __name__ == "__main__":
    for each in EXAMPLES:
        for stack, template in example(each).templates.items():
            (GOLDEN / each).mkdir(parents=True, exist_ok=True)
            (GOLDEN / each / f"{stack}.json").write_text(snapshot(template))
