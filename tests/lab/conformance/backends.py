"""The backends that are held to the same behaviours: one column of the table each, and how a lab of each is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doors import Doors, Entries, EntriesBesideRows, Rows

CONFIGURATION = Path(__file__).with_name("conformance.yaml")


@dataclass(frozen=True)
class Backend:
    """One column.

    Attributes:
        name: of the column.
        mode: the cluster's authenticationMode; the configuration says ``backend: auto``.
        doors: how access is written there, seen and handled by an administrator.
        kubernetes: as in registrar.yaml.
        unread: what registrar.yaml must not say of such a cluster: its mode does not read it.

    """

    name: str
    mode: str
    doors: type[Doors]
    kubernetes: str = "managed"
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def configuration(self) -> str:
        """Its registrar.yaml."""
        return CONFIGURATION.read_text().replace("kubernetes: managed", f"kubernetes: {self.kubernetes}")

    @property
    def binds(self) -> bool:
        """Whether the registrar makes Kubernetes calls there, and so can bind ClusterRoles."""
        return self.kubernetes != "none"

    def edit(self, namespace: str) -> str:
        """The grant by which a tag asks for writing in a namespace."""
        return f"edit@{namespace}" if self.binds else f"policy=AmazonEKSEditPolicy@{namespace}"

    def view(self, namespace: str = "") -> str:
        """The grant by which a tag asks for reading, in a namespace or everywhere."""
        where = f"@{namespace}" if namespace else ""
        return f"view{where}" if self.binds else f"policy=AmazonEKSViewPolicy{where}"


AWS_AUTH = Backend("aws-auth", "CONFIG_MAP", Rows, unread={"backend": "access-entries"})
ENTRIES = Backend("access entries", "API", Entries, unread={"backend": "aws-auth"})
BOTH = Backend("access entries beside aws-auth", "API_AND_CONFIG_MAP", EntriesBesideRows, unread={"kubernetes": "none"})
NONE = Backend("access entries, kubernetes: none", "API", Entries, kubernetes="none", unread={"backend": "aws-auth"})
BACKENDS = (AWS_AUTH, ENTRIES, BOTH, NONE)
