"""Faults inside the cluster, all of them real: admission webhooks, and another writer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fault import DEAD, DONE, RETRY, Around, Ends, Fault
from places import WRITE
from scene import lines_of_ours

from lab.faults.harm import Meanwhile, Moment
from lab.faults.rig import Rig
from lab.faults.script import Strike
from lab.faults.webhook import Webhook, in_force, no_server, serving
from lab.local_eks import LocalEks

AREA = "cluster"


def webhook(kind: Webhook) -> Around:
    """Somebody's webhook before aws-auth."""

    @contextmanager
    def around(rig: Rig) -> Iterator[tuple[Strike, ...]]:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(kind, Path(folder)) as server,
            in_force(rig.lab, server),
        ):
            yield ()

    return around


@contextmanager
def unreachable_webhook(rig: Rig) -> Iterator[tuple[Strike, ...]]:
    """A webhook whose server is not there."""
    with tempfile.TemporaryDirectory() as folder, in_force(rig.lab, no_server(Path(folder))):
        yield ()


def another_writer(moment: Moment, times: int, write: Callable[[LocalEks], None]) -> Around:
    """Somebody writes aws-auth right before or after our write, whatever stands there."""

    @contextmanager
    def around(rig: Rig) -> Iterator[tuple[Strike, ...]]:
        yield (Strike(WRITE.at, Meanwhile(moment, lambda: write(rig.lab)), times),)

    return around


def wipe(lab: LocalEks) -> None:
    """As a GitOps tool does: aws-auth as its repository has it, by force, without any row of ours."""
    shown = lab.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "json").stdout
    data = json.loads(shown)["data"]
    theirs = {**data, "mapRoles": data["mapRoles"].replace("".join(lines_of_ours(data["mapRoles"])), "")}
    manifest = {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": theirs,
    }  # fmt: skip
    apply = ("apply", "--server-side", "--force-conflicts", "--field-manager", "their-gitops", "-f", "-")
    lab.kubectl(*apply, stdin=json.dumps(manifest))


def touch(lab: LocalEks) -> None:
    """Somebody changes what is not ours at all, and back again; the version is another one after that."""
    lab.kubectl("label", "configmap", "aws-auth", "-n", "kube-system", "seen=yes")
    lab.kubectl("label", "configmap", "aws-auth", "-n", "kube-system", "seen-")


def _fault(name: str, ends: Ends, around: Around, *, wipes: bool = False) -> Fault:
    return Fault(AREA, name, ends, around=around, wipes=wipes)


FAULTS = (
    _fault("admission webhook denies", DEAD, webhook(Webhook.DENIES)),
    _fault("admission webhook times out", RETRY, webhook(Webhook.HANGS)),
    _fault("admission webhook is not there", RETRY, unreachable_webhook),
    _fault("another writer, between our read and our write", DONE, another_writer(Moment.BEFORE, 1, touch)),
    _fault("another writer wipes our rows before our write", DONE, another_writer(Moment.BEFORE, 1, wipe), wipes=True),
    _fault("another writer wipes our rows after our write", DONE, another_writer(Moment.AFTER, 1, wipe), wipes=True),
)
