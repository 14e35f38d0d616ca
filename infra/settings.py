"""What the person who deploys may choose beside ``registrar.yaml``: CDK context, read once into one checked object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registrar.defaults import Default, Defaults
from registrar.errors import ConfigurationError

# Where the CDK's command line knows no region, it says this one:
# https://docs.aws.amazon.com/cdk/v2/guide/configure-env.html
_GUESSED_REGION = "us-east-1"
_REGIONS_THAT_THE_CDK_READS = ("AWS_REGION", "AMAZON_REGION", "AWS_DEFAULT_REGION", "AMAZON_DEFAULT_REGION")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class AppSettings:
    """The settings of a synthesis.

    ``alarm_mail`` is subscribed to the alarms. ``tag_guard`` names who may still write our tags; without any there is
    no guard. ``tag_guard_roles``: it also guards the trust policies and the passing of tagged roles. ``defaults`` are
    for the clusters that leave out account or region.
    """

    config: Path
    alarm_mail: str | None = None
    tag_guard: tuple[str, ...] = ()
    tag_guard_roles: bool = False
    defaults: Defaults | None = None

    @classmethod
    def read(cls, context: Callable[[str], Any], environment: Mapping[str, str]) -> AppSettings:
        """The settings in the context (``-c KEY=VALUE`` or cdk.json). Raises ``ConfigurationError``.

        ``config`` falls back to the environment's ``REGISTRAR_CONFIG``, then to ``registrar.yaml``.
        """
        return cls(
            config=Path(context("config") or environment.get("REGISTRAR_CONFIG") or "registrar.yaml"),
            alarm_mail=_mail(context("alarmMail")),
            tag_guard=_arns(context("tagGuard")),
            tag_guard_roles=_truth(context("tagGuardRoles")),
            defaults=cdk_defaults(environment),
        )


def cdk_defaults(environment: Mapping[str, str]) -> Defaults:
    """``CDK_DEFAULT_ACCOUNT`` and ``CDK_DEFAULT_REGION``: the CDK's command line sets them for whoever calls it.

    A region that is only the CDK's guess, since it found neither a caller nor a region, is none: a cluster without a
    region would be looked for where it is not.
    """
    return Defaults(
        account=Default("CDK_DEFAULT_ACCOUNT", lambda: _value(environment, "CDK_DEFAULT_ACCOUNT")),
        region=Default("CDK_DEFAULT_REGION", lambda: _region(environment)),
    )


def _region(environment: Mapping[str, str]) -> str:
    region = _value(environment, "CDK_DEFAULT_REGION")
    known = any(environment.get(name) for name in ("CDK_DEFAULT_ACCOUNT", *_REGIONS_THAT_THE_CDK_READS))
    if region == _GUESSED_REGION and not known and "CDK_CLI_VERSION" in environment:
        raise LookupError(f"is {region} only because the CDK found no region and no caller")
    return region


def _value(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise LookupError("is not set")
    return value


def _mail(value: object) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _MAIL.fullmatch(value):
        raise ConfigurationError(f"alarmMail (CDK context): got {value!r}, expected a mail address")
    return value


def _arns(value: object) -> tuple[str, ...]:
    """ARNs with commas between them (``-c``) or a list (cdk.json); the guard itself checks them.

    A comma may also stand in the name of a role.
    """
    items = re.split(r",(?=arn:)", value) if isinstance(value, str) and value else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ConfigurationError(
            f"tagGuard (CDK context): got {value!r}, expected ARNs of principals, with commas between them"
        )
    return tuple(items)


def _truth(value: object) -> bool:
    if value in (None, "", False, "false"):
        return False
    if value in (True, "true"):
        return True
    raise ConfigurationError(f"tagGuardRoles (CDK context): got {value!r}, expected true or false")
