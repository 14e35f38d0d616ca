"""The backends that are held to the same behaviours: one column of the table each, and how a lab of each is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doors import Doors, Entries, EntriesBesideRows, Rows, RowsBesideEntries

CONFIGURATION = Path(__file__).with_name("conformance.yaml")


@dataclass(frozen=True)
class Backend:
    """One column.

    Attributes:
        name: of the column.
        mode: the cluster's authenticationMode.
        doors: how access is written there, seen and handled by an administrator.
        asks: the operation of EKS without which nothing is granted there, if there is one.
        written: what the configuration says as ``backend``.
        kubernetes: as in registrar.yaml.
        unread: what registrar.yaml must not say of such a cluster: its mode does not read it.

    """

    name: str
    mode: str
    doors: type[Doors]
    asks: str | None = "eks:CreateAccessEntry"
    written: str = "auto"
    kubernetes: str = "managed"
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def configuration(self) -> str:
        """Its registrar.yaml."""
        text = CONFIGURATION.read_text().replace("backend: auto", f"backend: {self.written}")
        return text.replace("kubernetes: managed", f"kubernetes: {self.kubernetes}")

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


AWS_AUTH = Backend("aws-auth", "CONFIG_MAP", Rows, asks=None, unread={"backend": "access-entries"})
ENTRIES = Backend("access entries", "API", Entries, unread={"backend": "aws-auth"})
BOTH = Backend("access entries beside aws-auth", "API_AND_CONFIG_MAP", EntriesBesideRows, unread={"kubernetes": "none"})
NONE = Backend("access entries, kubernetes: none", "API", Entries, kubernetes="none", unread={"backend": "aws-auth"})
BY_ROWS = Backend(
    "aws-auth beside access entries",
    "API_AND_CONFIG_MAP",
    RowsBesideEntries,
    asks="eks:DescribeAccessEntry",
    written="aws-auth",
    unread={"kubernetes": "none"},
)
BACKENDS = (AWS_AUTH, ENTRIES, BOTH, BY_ROWS, NONE)
