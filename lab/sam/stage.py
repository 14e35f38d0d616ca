"""The role that a sample event speaks of, made in the lab: the function reads IAM, so without it there is none."""

import json
from typing import Any

from lab.containers import HOST_NAME
from lab.local_eks import LocalEks
from lab.ports import LOOPBACK
from lab.settings import ACCOUNT, CLUSTER

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}
_NAMESPACES = ("payments",)


def make_role_of(lab: LocalEks, event: dict[str, Any]) -> str | None:
    """Make the role of a CreateRole or TagRole event, with the event's tags; returns its name.

    Tags that speak for a cluster of the sample speak for the lab's here. Other events need no role, nor do those that
    failed.
    """
    detail = event.get("detail", {})
    asked = detail.get("requestParameters") or {}
    if detail.get("eventName") not in ("CreateRole", "TagRole") or "errorCode" in detail:
        return None
    lab.aws.client("iam").create_role(
        RoleName=asked["roleName"],
        Path=asked.get("path", "/"),
        AssumeRolePolicyDocument=asked.get("assumeRolePolicyDocument", json.dumps(_TRUST)),
        Tags=[{"Key": _here(tag["key"]), "Value": tag["value"]} for tag in asked.get("tags", ())],
    )
    return str(asked["roleName"])


def make_namespaces(lab: LocalEks) -> None:
    """Make the namespaces that the samples' grants name."""
    for name in _NAMESPACES:
        lab.kubectl("create", "namespace", name)


def make_dead_letter_queue(lab: LocalEks) -> str:
    """Make the queue for records that cannot be worked on; returns its URL as containers know it."""
    url = lab.aws.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
    return str(url).replace(LOOPBACK, HOST_NAME)


def row_of(lab: LocalEks, role: str) -> str | None:
    """Our line of aws-auth for a role."""
    shown = lab.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "jsonpath={.data.mapRoles}").stdout
    return next((line for line in shown.splitlines() if f'/{role}"' in line and "eks-registrar:" in line), None)


def _here(key: str) -> str:
    prefix, slash, _cluster = key.partition("/")
    return f"{prefix}/{CLUSTER}" if prefix == "eks-registrar" and slash else key
