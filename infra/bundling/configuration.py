"""registrar.yaml as it goes into the package: the function has nothing from which to take what a cluster leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registrar import configuration
from registrar.defaults import Defaults
from registrar.policy import Policy

_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class PackagedConfiguration:
    """The content of the file, and what was filled in: ``CLUSTER: KEY VALUE``."""

    content: bytes
    filled_in: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Path, defaults: Defaults | None) -> PackagedConfiguration:
        """A complete file as it is, byte for byte; otherwise its values, with the defaults, and without its comments.

        Raises ``ConfigurationError``.
        """
        policy, content = configuration.load(config, defaults), config.read_bytes()
        root: Any = yaml.compose(content, Loader=yaml.SafeLoader)  # as configuration.py has checked: a mapping
        filled_in = _fill(root, policy)
        if not filled_in:
            return cls(content)
        return cls(yaml.serialize(root, encoding="utf-8", allow_unicode=True), filled_in)


def _fill(root: yaml.MappingNode, policy: Policy) -> tuple[str, ...]:
    (clusters,) = (value for key, value in root.value if key.value == "clusters")
    filled_in = []
    for node, cluster in zip(clusters.value, policy.clusters, strict=True):
        there = {key.value for key, _ in node.value}
        for name, value in (("account", cluster.account), ("region", cluster.region)):
            if name not in there:
                node.value.append((yaml.ScalarNode(_TEXT, name), yaml.ScalarNode(_TEXT, value, style='"')))
                filled_in.append(f"{cluster.tag}: {name} {value}")
    return tuple(filled_in)
