"""The whole app: snapshots of the examples, cdk-nag, the tag guard's stack, and a wrong configuration."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from infra_stage import EXAMPLES, GOLDEN, ROOT, example, resources, snapshot, synthesised

import app
from infra.bundling.errors import BundlingError
from infra.settings import AppSettings
from registrar import configuration
from registrar.errors import ConfigurationError

CDK = ROOT / "node_modules" / ".bin" / "cdk"
WRONG = ROOT / "tests" / "golden" / "configuration" / "refused" / "clusters_in_two_partitions.yaml"
SETTINGS = AppSettings(ROOT / "examples" / "one-region" / "registrar.yaml")
ENTRIES = "arn:aws:eks:eu-west-1:123456789012:access-entry"
CI_ROLE = "arn:aws:iam::123456789012:role/ci"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_templates_are_those_of_the_snapshot(name: str) -> None:
    """A change of what is deployed is seen in review. `make snapshots` writes them anew."""
    made = {stack: snapshot(template) for stack, template in example(name).templates.items()}
    kept = {path.stem: path.read_text() for path in (GOLDEN / name).glob("*.json")}
    assert made == kept


@pytest.mark.parametrize("name", EXAMPLES)
def test_cdk_nag_has_nothing_to_say(name: str) -> None:
    """The AwsSolutions pack finds nothing that is not acknowledged."""
    assert example(name).violations == []


def test_what_is_acknowledged_is_a_short_list() -> None:
    """Each finding on one construct, never on a stack, with a reason; a new one is seen here."""
    acknowledged = example("private-networks").acknowledged
    assert [reason for _, _, reason in acknowledged if len(reason) < 30] == []
    found = Counter(
        (path.split("/", 2)[2] if path.count("/") > 1 else path, finding.removeprefix("Annotation::"))
        for path, finding, _ in acknowledged
    )
    assert found == {
        ("Rights/Role/DefaultPolicy", "AwsSolutions-IAM5[Resource::arn:aws:iam::123456789012:role/*]"): 3,
        ("Rights/Role/DefaultPolicy", "AwsSolutions-IAM5[Resource::*]"): 3,
        ("VpcRights/Policy", "AwsSolutions-IAM5[Resource::*]"): 2,
        ("AccessEntries/Policy1", "AwsSolutions-IAM5[Resource::*]"): 3,
        **{
            ("AccessEntries/Policy1", f"AwsSolutions-IAM5[Resource::{ENTRIES}/{cluster}/{which}]"): 1
            for cluster in ("payments", "office", "public")
            for which in ("*", "role/*")
        },
        ("Function/Function", "AwsSolutions-L1"): 3,
        ("Function/Function", "@aws-cdk/aws-lambda:snapStartRequirePublish"): 3,
        ("DeadLetters", "AwsSolutions-SQS3"): 1,
    }


def test_a_hub_is_deployed_before_what_forwards_to_it() -> None:
    """EventBridge takes no rule whose target bus is not there."""
    assert example("hub-away-from-home").dependencies["eks-registrar-forwarder"] >= {
        "eks-registrar-eu-west-1",
        "eks-registrar-eu-central-1",
    }


def test_the_tag_guard_is_a_stack_of_its_own_where_it_is_asked_for() -> None:
    """IAM is global: one guard for all hubs, in the home region of IAM's events."""
    policy = configuration.load(SETTINGS.config)
    assert "eks-registrar-tag-guard" not in example("one-region").templates
    made = synthesised(policy, replace(SETTINGS, tag_guard=(CI_ROLE,)))
    assert made.violations == []
    assert resources(made.templates["eks-registrar-tag-guard"], "AWS::IAM::ManagedPolicy")


def test_a_wrong_principal_of_the_guard_is_a_configuration_error() -> None:
    """The message names the setting."""
    with pytest.raises(ConfigurationError, match=r"^tagGuard \(CDK context\): "):
        synthesised(configuration.load(SETTINGS.config), replace(SETTINGS, tag_guard=("everybody",)))


def test_a_wrong_configuration_stops_the_real_command_with_file_line_and_value(tmp_path: Path) -> None:
    """`cdk synth` exits with 1 and shows what the loader says, without a stack trace."""
    ended = subprocess.run(
        [CDK, "synth", "--no-notices", "--output", tmp_path / "out", "--context", f"config={WRONG}"],
        cwd=ROOT,
        env={**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert f"eks-registrar: {WRONG.read_text().splitlines()[0].removeprefix('# ')}" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_package_that_cannot_be_built_is_told_without_a_stack_trace(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The words of the bundling come through CDK's libraries to the person."""

    def fails(*_: object) -> None:
        raise BundlingError("a wheel cannot be had")

    monkeypatch.setattr("infra.bundling.code.build", fails)
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    monkeypatch.setenv("REGISTRAR_CONFIG", str(SETTINGS.config))
    assert app.main() == 1
    told = capfd.readouterr().err
    assert "a wheel cannot be had" in told
    assert "Traceback" not in told
