"""The command line on a laptop: a cluster that leaves out account or region is the caller's own."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from registrar import cli, configuration
from registrar.caller import caller_defaults
from registrar.errors import ConfigurationError

LACKING = "clusters:\n- {name: prod}\nrules: []\n"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, no region, and none to be found."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@mock_aws
def test_account_and_region_are_those_of_the_caller() -> None:
    """STS says the account; AWS_REGION, which the CDK reads too, wins over the session's region."""
    session = boto3.Session(region_name="us-east-1")
    for environment, region in (({"AWS_REGION": "eu-west-1"}, "eu-west-1"), ({}, "us-east-1")):
        (cluster,) = configuration.parse(LACKING, defaults=caller_defaults(environment, lambda: session)).clusters
        assert (cluster.account, cluster.region) == ("123456789012", region)


def test_without_credentials_the_error_has_file_line_and_what_to_give() -> None:
    """It says what STS could not be asked with, and that the file may say it."""
    with pytest.raises(ConfigurationError) as caught:
        configuration.parse(LACKING, defaults=caller_defaults({"AWS_REGION": "eu-west-1"}, boto3.Session))
    assert str(caught.value) == (
        "registrar.yaml:2: clusters[0]: got a mapping, expected a mapping with the key account, or the account of your"
        " AWS credentials, which cannot be told: Unable to locate credentials"
    )


def test_without_a_region_the_error_names_where_one_was_looked_for() -> None:
    """Nothing is guessed."""
    text = LACKING.replace("prod", 'prod, account: "123456789012"')
    with pytest.raises(ConfigurationError, match="AWS_REGION, AWS_DEFAULT_REGION or your profile, which is not set"):
        configuration.parse(text, defaults=caller_defaults({}, boto3.Session))


def test_a_complete_file_asks_aws_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`manifests` works without credentials, and even with a profile that is not there."""
    monkeypatch.setenv("AWS_PROFILE", "gone")
    config = tmp_path / "registrar.yaml"
    config.write_text('clusters:\n- {name: prod, account: "123456789012", region: eu-west-1}\nrules: []\n')
    assert cli.main(["--config", str(config), "manifests", "--cluster", "prod"]) == cli.OK


def test_the_command_says_what_is_missing_and_that_it_was_called_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit code 2."""
    config = tmp_path / "registrar.yaml"
    config.write_text(LACKING)
    assert cli.main(["--config", str(config), "manifests", "--cluster", "prod"]) == cli.CONFIGURATION
    assert "eks-registrar: registrar.yaml:2: clusters[0]: " in capsys.readouterr().err
