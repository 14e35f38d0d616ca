"""The last ten bodies of aws-auth with different foreign text, kept in the cluster before our writes.

Where access is written as access entries, a body is a record of those, and of aws-auth if the cluster reads it too.

    history-0               the newest: what aws-auth was before our last write, but for our rows
    history-1 … history-9   a ring of those before it

In the usual case (what is not ours has not changed since the last write) that is one request for the metadata of
``history-0`` and nothing more. Else what ``history-0`` holds moves into the ring, at a place that its number gives, and
the new body takes its place. Each write is under the version that was read; a crash between the two leaves one body in
two places. Why so: docs/decisions/013-history.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from registrar.eks.client import Kubernetes, NotFound, Object
from registrar.errors import DeniedByAdmission, RegistrarError, TooLarge, WriteConflict
from registrar.marks import Marks
from registrar.rights.rbac import HISTORY, kept_annotation
from registrar.sinks.kept import Kept, Record, read_kept, time_text

NEWEST, RING = HISTORY[0], HISTORY[1:]
MOST_TRIES = 3
# All values of a ConfigMap together (Kubernetes, core/v1 MaxSecretSize, which its validation takes for both).
MOST_BYTES = 1_048_576


@dataclass(frozen=True)
class HistoryConfigMaps:
    """The history of one cluster; ``now`` is the clock (UTC)."""

    kubernetes: Kubernetes
    marks: Marks
    now: Callable[[], datetime]

    def keep(self, record: Record, before: str) -> str | None:
        """Keep a record, unless in the newest one that is kept all that is not ours is the same.

        Never raises a ``RegistrarError``: returns why the body is not kept, ``None`` if all is well.
        """
        try:
            self._keep_or_conflict(record, before)
        except (NotFound, DeniedByAdmission) as error:
            return self._not_kept(f"{error}; apply `eks-registrar manifests --cluster {self.kubernetes.cluster}` again")
        except RegistrarError as error:
            return self._not_kept(str(error))
        return None

    def _not_kept(self, reason: str) -> str:
        return (
            f"cluster {self.kubernetes.cluster}: the history does not keep what stands before this write, which goes "
            f"on: what others changed since the last body that is kept, `eks-registrar restore` could not put back. "
            f"{reason}"
        )

    def _keep_or_conflict(self, record: Record, before: str) -> None:
        for _ in range(MOST_TRIES):
            try:
                return self._keep(record, before)
            except WriteConflict:
                continue  # another run keeps a body just now, most likely the same
        raise WriteConflict(f"other runs wrote {NEWEST} under each of {MOST_TRIES} tries")

    def _keep(self, record: Record, before: str) -> None:
        metadata = self.kubernetes.get_metadata(self._path(NEWEST))
        last = self._kept(metadata)
        if last is not None and not record.differs_from(last.foreign):
            return
        if record.size > MOST_BYTES:
            raise TooLarge(f"it has {record.size:,} bytes, and a ConfigMap can hold {MOST_BYTES:,}")
        if last is not None:
            self._move_into_ring(last)
        number = 1 + (last.number if last is not None else self._highest_in_ring())
        time, cluster = time_text(self.now()), self.kubernetes.cluster
        kept = Kept(number, time, cluster, before, record.foreign, record.version)
        self._put(NEWEST, metadata, kept, dict(record.data))

    def _highest_in_ring(self) -> int:
        """The highest number of the ring; 0 on the first day. Looked for where ``history-0`` holds nothing of ours."""
        found = (self._kept(self.kubernetes.get_metadata(self._path(name))) for name in RING)
        return max((kept.number for kept in found if kept is not None), default=0)

    def _move_into_ring(self, last: Kept) -> None:
        """Copy what ``history-0`` holds to the place of the oldest in the ring."""
        found = self.kubernetes.get(self._path(NEWEST))
        if self._kept(found["metadata"]) != last:
            raise WriteConflict(f"{NEWEST} was written just now")
        place = RING[last.number % len(RING)]
        metadata = self.kubernetes.get_metadata(self._path(place))
        if self._kept(metadata) != last:
            self._put(place, metadata, last, found.get("data") or {})

    def _put(self, name: str, metadata: Object, kept: Kept, data: Object) -> None:
        """Replace a ConfigMap whole (keys of the body before must go), under the version of ``metadata``."""
        note = {kept_annotation(self.marks.installation): kept.as_annotation()}
        annotations = (metadata.get("annotations") or {}) | note
        same = {key: value for key, value in metadata.items() if key != "managedFields"}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**same, "annotations": annotations}, "data": data}
        self.kubernetes.replace(self._path(name), body)

    def _kept(self, metadata: Object) -> Kept | None:
        return read_kept((metadata.get("annotations") or {}).get(kept_annotation(self.marks.installation)))

    def _path(self, name: str) -> str:
        return f"/api/v1/namespaces/{self.marks.installation}/configmaps/{name}"
