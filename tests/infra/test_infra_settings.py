"""What may be chosen beside registrar.yaml, by CDK context and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import AppSettings
from registrar.errors import ConfigurationError


def test_the_command_line_says_which_configuration_then_the_environment_then_the_folder() -> None:
    """`-c config=` wins over REGISTRAR_CONFIG, and that over ./registrar.yaml."""
    environment = {"REGISTRAR_CONFIG": "from-environment.yaml"}
    asked = {"config": "asked.yaml"}
    assert AppSettings.read(asked.get, environment).config == Path("asked.yaml")
    assert AppSettings.read({}.get, environment).config == Path("from-environment.yaml")
    assert AppSettings.read({}.get, {}).config == Path("registrar.yaml")


def test_the_guard_s_principals_come_with_commas_or_as_a_list() -> None:
    """On the command line and in cdk.json; a comma in the name of a role parts nothing."""
    arns = ("arn:aws:iam::123456789012:role/ci", "arn:aws:iam::123456789012:role/a,b")
    assert AppSettings.read({"tagGuard": ",".join(arns)}.get, {}).tag_guard == arns
    assert AppSettings.read({"tagGuard": list(arns)}.get, {}).tag_guard == arns


@pytest.mark.parametrize(
    ("key", "value"), [("alarmMail", "nobody"), ("alarmMail", 7), ("tagGuard", {"a": 1}), ("tagGuardRoles", "maybe")]
)
def test_a_wrong_setting_is_told_with_its_value(key: str, value: object) -> None:
    """The message names the key, the value and what was expected."""
    with pytest.raises(ConfigurationError, match=rf"{key} \(CDK context\): got .*, expected"):
        AppSettings.read({key: value}.get, {})


def test_without_settings_there_is_no_mail_and_no_guard() -> None:
    """Everything beside the configuration is optional."""
    settings = AppSettings.read({}.get, {})
    assert (settings.alarm_mail, settings.tag_guard, settings.tag_guard_roles) == (None, (), False)
