"""The function's environment, read once per process into one checked object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from registrar.errors import ConfigurationError

PACKAGED_CONFIG = Path(__file__).with_name("registrar.yaml")


@dataclass(frozen=True)
class Settings:
    """Where the configuration is, which network this function serves, and where never-retry records go.

    ``dead_letter_queue_url`` is ``None`` for the command line and for a bare invocation, which raise instead.
    """

    config: Path
    network: str = "public"
    dead_letter_queue_url: str | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings in an environment. Raises ``ConfigurationError``."""
        config = Path(environment.get("REGISTRAR_CONFIG") or PACKAGED_CONFIG)
        if not config.is_file():
            raise ConfigurationError(f"no configuration at {config}; set REGISTRAR_CONFIG")
        return cls(
            config=config,
            network=environment.get("REGISTRAR_NETWORK") or "public",
            dead_letter_queue_url=environment.get("REGISTRAR_DLQ_URL") or None,
        )
