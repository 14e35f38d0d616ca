"""All targets, by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz import aws_auth, configuration, events, tags
from tests.fuzz.target import Target

TARGETS: Mapping[str, Target] = {
    module.TARGET.name: module.TARGET for module in (events, tags, aws_auth, configuration)
}
