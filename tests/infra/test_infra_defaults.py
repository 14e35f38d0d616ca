"""Clusters that leave out account or region: they take the CDK's, and the function gets a complete file."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from infra_stage import ROOT

from infra.bundling.configuration import PackagedConfiguration
from infra.settings import cdk_defaults
from registrar import configuration
from registrar.errors import ConfigurationError

CDK = ROOT / "node_modules" / ".bin" / "cdk"
REFUSED = sorted((ROOT / "tests" / "golden" / "configuration" / "refused-with-defaults").glob("*.yaml"))
ACCOUNT, REGION = "111122223333", "eu-central-1"
CALLER = {"CDK_DEFAULT_ACCOUNT": ACCOUNT, "CDK_DEFAULT_REGION": REGION}
LACKING = """clusters:
# Both come from whoever deploys.
- {name: prod, mode: enforce}
- name: far   # as EKS knows it
  region: eu-west-1
rules:
- {name: readers, roles: ["/**"], clusters: [prod, far], allow: ["view@*"]}
"""


def cdk_synth(config: Path, output: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The real command, by somebody without credentials and without a region of their own."""
    here = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        [CDK, "synth", "--quiet", "--no-notices", "--output", output, "--context", f"config={config}", *options],
        cwd=ROOT,
        env=here | nobody | {"AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "true"} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_default_that_is_missing_or_wrong_is_refused_with_line_value_and_source(path: Path) -> None:
    """The message stands in the file's first line, the environment in its second."""
    message, environment = (line.removeprefix("# ") for line in path.read_text().splitlines()[:2])
    defaults = cdk_defaults(dict(pair.split("=") for pair in environment.split()))
    with pytest.raises(ConfigurationError) as caught:
        configuration.load(path, defaults)
    assert str(caught.value) == message


def test_a_region_that_somebody_chose_is_taken_also_where_it_is_the_cdk_s_guess() -> None:
    """us-east-1 is a region like any other for a caller who is known, or who says so."""
    guess = {"CDK_CLI_VERSION": "2.1148.1", "CDK_DEFAULT_REGION": "us-east-1"}
    for chosen in ({"CDK_DEFAULT_ACCOUNT": ACCOUNT}, {"AWS_REGION": "us-east-1"}, {"AWS_DEFAULT_REGION": "us-east-1"}):
        assert cdk_defaults(guess | chosen).region.find() == "us-east-1"


def test_what_a_file_says_is_never_asked_of_the_caller() -> None:
    """A complete file loads the same with defaults that nobody has."""
    config = ROOT / "registrar.yaml"
    assert configuration.load(config, cdk_defaults({})) == configuration.load(config)


def test_a_complete_file_goes_into_the_package_byte_for_byte() -> None:
    """With its comments."""
    config = ROOT / "registrar.yaml"
    assert PackagedConfiguration.of(config, cdk_defaults(CALLER)) == PackagedConfiguration(config.read_bytes())


def test_the_packaged_copy_says_what_the_file_leaves_out(tmp_path: Path) -> None:
    """The function, which has no defaults, reads from it what was synthesised."""
    config = tmp_path / "registrar.yaml"
    config.write_text(LACKING)
    defaults = cdk_defaults(CALLER)
    packaged = PackagedConfiguration.of(config, defaults)
    assert configuration.parse(packaged.content.decode()) == configuration.load(config, defaults)
    assert packaged.filled_in == (f"prod: account {ACCOUNT}", f"prod: region {REGION}", f"far: account {ACCOUNT}")


def test_cdk_synth_takes_account_and_region_of_the_caller(tmp_path: Path) -> None:
    """Stacks, and the file in the function's package, are for what the CDK's command line was told."""
    config, output = tmp_path / "registrar.yaml", tmp_path / "out"
    config.write_text("clusters:\n- {name: prod}\nrules: []\n")
    ended = cdk_synth(config, output, "--region", REGION, CDK_DEFAULT_ACCOUNT=ACCOUNT)
    assert ended.returncode == 0, ended.stderr
    stack = json.loads((output / "manifest.json").read_text())["artifacts"][f"eks-registrar-{REGION}"]
    assert stack["environment"] == f"aws://{ACCOUNT}/{REGION}"
    (packaged,) = output.glob("asset.*/registrar/registrar.yaml")
    (cluster,) = configuration.load(packaged).clusters
    assert (cluster.account, cluster.region) == (ACCOUNT, REGION)
    assert f"filled into registrar.yaml: prod: account {ACCOUNT}, prod: region {REGION}" in ended.stderr


def test_cdk_synth_without_caller_and_region_stops_at_the_cluster_without_a_region(tmp_path: Path) -> None:
    """The CDK's command line then says us-east-1 of its own accord; no hub is put there."""
    config = tmp_path / "registrar.yaml"
    config.write_text(f'clusters:\n- {{name: prod, account: "{ACCOUNT}"}}\nrules: []\n')
    ended = cdk_synth(config, tmp_path / "out")
    assert ended.returncode == 1
    assert "eks-registrar: registrar.yaml:2: clusters[0]: got a mapping, expected" in ended.stderr
    assert "the key region, or CDK_DEFAULT_REGION, which is us-east-1 only because" in ended.stderr
    assert "Traceback" not in ended.stderr
