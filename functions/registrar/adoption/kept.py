"""What stood before an adoption, in a file of the caller's own, and how to go back to it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from registrar import aws_cli
from registrar.adoption.model import Standing
from registrar.errors import RegistrarError
from registrar.marks import MANAGED_BY, role_id_tag
from registrar.policy import Cluster


@dataclass(frozen=True)
class WayBack:
    """``path`` is the file that holds what stood before; ``steps`` are for a person."""

    path: Path
    steps: tuple[str, ...]


def keep(folder: Path, cluster: Cluster, standing: Standing, more: Mapping[str, Any], now: datetime) -> Path:
    """Write what stands into a new file; ``more`` is what only its place knows (the text of a row, say).

    Raises ``RegistrarError`` where that cannot be done: then nothing may be changed.
    """
    name = re.sub(r"[^\w.-]+", "-", standing.arn.rpartition("/")[2], flags=re.ASCII)
    path = folder / f"eks-registrar-adopted-{cluster.tag}-{name}-{now:%Y%m%dT%H%M%S}.json"
    try:
        with path.open("x", encoding="utf-8") as file:
            json.dump(_as_dict(cluster, standing, now) | dict(more), file, indent=2)
            file.write("\n")
    except OSError as error:
        raise RegistrarError(
            f"cluster {cluster.tag}: {standing.arn} was not adopted: what stands there now could not be kept in {path} "
            f"({error}). Choose a folder by --keep-in"
        ) from error
    return path


def _as_dict(cluster: Cluster, standing: Standing, now: datetime) -> dict[str, Any]:
    return {
        "cluster": cluster.tag,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "place": standing.place,
        "arn": standing.arn,
        "username": standing.username,
        "groups": list(standing.groups),
        "policies": [grant.text for grant in standing.policies],
        "tags": dict(standing.tags),
    }


def back_to_row(path: Path, number: int | None, cluster: Cluster) -> WayBack:
    """Of a row: the kept body of aws-auth, or the row by hand. Behind ours, since the last row of a role counts."""
    by_hand = f"put the `row` of {path} at the end of mapRoles: the last row of a role counts"
    if number is None:
        return WayBack(path, (by_hand,))
    return WayBack(path, (f"eks-registrar restore {number} --cluster {cluster.tag}", f"or {by_hand}"))


def back_to_entry(path: Path, standing: Standing, cluster: Cluster, installation: str) -> WayBack:
    """Of an entry: without our marks it is foreign again, and the registrar leaves it alone."""
    asked = aws_cli.of_entry("describe-access-entry", cluster, standing.arn)
    entry = f"$({asked} --query accessEntry.accessEntryArn --output text)"
    untag = aws_cli.eks("untag-resource", "--region", cluster.region)
    keys = shlex.join(["--tag-keys", MANAGED_BY, role_id_tag(installation)])
    groups = ("--kubernetes-groups", *(standing.groups or ("[]",)))
    update = aws_cli.of_entry("update-access-entry", cluster, standing.arn, "--username", standing.username, *groups)
    return WayBack(path, (f'{untag} --resource-arn "{entry}" {keys}', update))
