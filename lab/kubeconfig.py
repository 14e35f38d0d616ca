"""The kubeconfigs of the lab, as text: of a client certificate, of the token webhook, of the user of an IAM role."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.settings import REGION


@dataclass(frozen=True)
class Cluster:
    """How a cluster is reached: its name, ``https://`` endpoint and CA certificate file."""

    name: str
    endpoint: str
    ca_file: Path


def of_certificate(cluster: Cluster, user: str, certificate: Path, key: Path) -> str:
    """For a client that has a certificate (absolute paths, so that the file can be used from anywhere)."""
    return _render(cluster, user, {"client-certificate": str(certificate), "client-key": str(key)})


def of_webhook(cluster: Cluster) -> str:
    """For ``--authentication-token-webhook-config-file``: there the cluster is the webhook and the user the server."""
    return _render(cluster, "api-server", {})


def of_role(cluster: Cluster, role: str, credentials: Mapping[str, str]) -> str:
    """As ``aws eks update-kubeconfig`` writes it, plus the credentials of an assumed-role session in ``env``.

    ``AWS_ENDPOINT_URL_STS`` names the real host: with the lab's own endpoint ``aws eks get-token`` would sign for that,
    and aws-iam-authenticator accepts tokens signed for ``sts.<region>.amazonaws.com`` alone. Nothing is sent there.
    """
    environment = {
        **{name: value for name, value in credentials.items() if name.startswith("AWS_")},
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_ENDPOINT_URL_STS": f"https://sts.{REGION}.amazonaws.com",
    }
    return _render(
        cluster,
        role,
        {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1beta1",
                "command": aws_command(),
                "args": ["eks", "get-token", "--cluster-name", cluster.name, "--region", REGION, "--output", "json"],
                "env": [{"name": name, "value": value} for name, value in sorted(environment.items())],
                "interactiveMode": "Never",
            }
        },
    )


def aws_command() -> str:
    """The AWS CLI of this Python's environment, else the one on the PATH (then by name alone)."""
    beside = Path(sys.executable).with_name("aws")
    return str(beside) if beside.exists() else shutil.which("aws") or "aws"


def _render(cluster: Cluster, user: str, user_fields: Mapping[str, Any]) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster.name,
                    "cluster": {"server": cluster.endpoint, "certificate-authority": str(cluster.ca_file)},
                }
            ],
            "users": [{"name": user, "user": dict(user_fields)}],
            "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": user}}],
            "current-context": cluster.name,
        },
        sort_keys=False,
    )
