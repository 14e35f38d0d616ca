"""Changes of a cluster's authentication mode: one way only, and not at once."""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.aws.eks.cluster import CONFIG_MAP, Cluster
from lab.aws.eks.errors import EksError, absent, bad_input
from lab.aws.eks.once import Once
from lab.aws.eks.pages import page

UPDATES_PATH = "/lab/eks-updates"
_WAYS = frozenset({(CONFIG_MAP, "API_AND_CONFIG_MAP"), ("API_AND_CONFIG_MAP", "API")})
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Update:
    """One change of mode."""

    id: str
    mode: str
    created_at: float
    status: str = "InProgress"
    errors: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """In EKS's form."""
        return {
            "id": self.id,
            "status": self.status,
            "type": "AccessConfigUpdate",
            "params": [{"type": "AuthenticationMode", "value": self.mode}],
            "createdAt": self.created_at,
            "errors": [{"errorCode": "Unknown", "errorMessage": text} for text in self.errors],
        }


@dataclass
class Updates:
    """The updates of one cluster. Safe to use from several threads.

    With ``announced`` an update is written there (``{"update": …, "mode": …}``) and lasts until :meth:`end` is called
    by who runs the authenticator. Without, there is no authenticator and an update ends at once.
    """

    announced: Path | None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _made: dict[str, Update] = field(default_factory=dict)
    _once: Once = field(default_factory=Once)

    def begin(self, cluster: Cluster, params: Params) -> dict[str, Any]:
        """``UpdateClusterConfig`` with ``accessConfig``.

        Source: EKS user guide, "Change authentication mode to use access entries"; the text of the refusal as reported.
        """
        with self._lock:
            return self._once.answer("UpdateClusterConfig", params, lambda: self._begin(cluster, params))

    def end(self, cluster: Cluster, update_id: str, error: str | None) -> None:
        """The authenticator follows the new mode, or could not be made to."""
        with self._lock:
            update = self._made[update_id]
            status = "Failed" if error else "Successful"
            self._made[update_id] = Update(update.id, update.mode, update.created_at, status, (error,) if error else ())
            cluster.end_update(None if error else update.mode)

    def describe(self, params: Params) -> dict[str, Any]:
        """``DescribeUpdate``."""
        with self._lock:
            found = self._made.get(params["updateId"])
        if found is None:
            raise absent("DescribeUpdate", f"No update found for ID: {params['updateId']}.")
        return {"update": found.shown()}

    def list(self, params: Params) -> dict[str, Any]:
        """``ListUpdates``."""
        with self._lock:
            ids, token = page("ListUpdates", sorted(self._made), params)
        return {"updateIds": ids, **({"nextToken": token} if token else {})}

    def _begin(self, cluster: Cluster, params: Params) -> dict[str, Any]:
        operation, wanted = "UpdateClusterConfig", params["accessConfig"].get("authenticationMode")
        if any(update.status == "InProgress" for update in self._made.values()):
            raise EksError("ResourceInUseException", f"Cluster {cluster.key.name} currently has an update in progress")
        if (cluster.mode, wanted) not in _WAYS:
            raise bad_input(operation, f"Unsupported authentication mode update from {cluster.mode} to {wanted}")
        update = self._made.setdefault(made := str(uuid.uuid4()), Update(made, str(wanted), time.time()))
        cluster.begin_update()
        if self.announced is None:
            self.end(cluster, update.id, None)
        else:
            new = self.announced.with_suffix(".new")
            new.write_text(json.dumps({"update": update.id, "mode": update.mode}))
            new.replace(self.announced)
        return {"update": update.shown()}
