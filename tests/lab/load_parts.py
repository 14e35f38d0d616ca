"""What the random lives of ``load_machine.py`` are made of: tags, clocks, counts, and the bindings of the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from hypothesis import strategies as st
from stage import ACCOUNT, MANAGED, TAG

from lab.kubernetes_api import KubernetesApi
from registrar.service import Registrar

NAMESPACES = ("load-a", "load-b")
ROLES = 8
SWEEP = {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
RBAC = "/apis/rbac.authorization.k8s.io/v1"

# What tags say: allowed, waiting for a namespace, refused, not readable.
ALLOWED = ("view", "view", "view@load-a", "edit@load-a", "edit@load-b", "group=oncall", "view@kube-system")
WAITING = ("edit@load-nowhere",)
REFUSED = ("edit", "edit@kube-system", "cluster-admin", "group=system:masters", "group=eks-registrar:x")
NOT_READABLE = ("view/until=2030-01-01", "view@", "@", "VIEW", "edit@load-a\u2028view", "policy=AmazonEKSViewPolicy")

numbers = st.integers(0, 2**16)
role_numbers = st.integers(0, ROLES - 1)
keys = st.sampled_from([TAG, TAG, "eks-registrar", "eks-registrar/lab/2", "Eks-Registrar/lab", "eks-registrar/other"])
values = st.lists(st.sampled_from((*ALLOWED, *WAITING, *REFUSED, *NOT_READABLE)), max_size=4).map(" ".join)
picks = st.lists(numbers, min_size=1, max_size=5)


@dataclass
class Counts:
    """How much a whole run has done."""

    runs: int = 0
    sweeps: int = 0
    braked_sweeps: int = 0
    foreign_edits: int = 0


@dataclass(frozen=True)
class Registrars:
    """Two registrars, as two warm functions; ``late`` are the same three minutes later, when IAM is believed.

    Until then an event that tells of an older state than IAM's is in doubt, and its record returns.
    """

    on_time: Sequence[Registrar]
    late: Sequence[Registrar]

    @classmethod
    def of(cls, *on_time: Registrar) -> Registrars:
        """These registrars, and the same with the other clock."""
        return cls(on_time, [replace(one, runtime=replace(one.runtime, now=_in_three_minutes)) for one in on_time])


def _in_three_minutes() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=3)


def bindings_in(api: KubernetesApi) -> set[tuple[str, str, str]]:
    """Every binding that carries our mark, as (namespace or empty, ClusterRole, its one group)."""
    found = set()
    for kind in ("clusterrolebindings", "rolebindings"):
        for one in api.request("GET", f"{RBAC}/{kind}?{urlencode({'labelSelector': MANAGED})}").body["items"]:
            (subject,) = one["subjects"]
            assert one["metadata"]["name"] == f"eks-registrar:{one['roleRef']['name']}"
            found.add((one["metadata"].get("namespace", ""), one["roleRef"]["name"], subject["name"]))
    return found


def delete_binding(api: KubernetesApi, place: str, role: str, _group: str) -> None:
    """Delete one of them, as an administrator."""
    collection = f"{RBAC}/namespaces/{place}/rolebindings" if place else f"{RBAC}/clusterrolebindings"
    api.request("DELETE", f"{collection}/eks-registrar:{role}")
