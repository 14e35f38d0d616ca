"""The AWS process of a lab: moto behind the lab's gateway, and the STS proxy. ``python -m lab.aws.server CONFIG``."""

import json
import logging
import os
import ssl
import sys
import threading
from base64 import b64encode
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from lab.aws import (  # moto finds alarms and schedules by their being imported
    alarm_resource,  # noqa: F401
    lambda_resources,
    schedule_resources,  # noqa: F401
    sdk_call_resource,
    stack_templates,
)
from lab.aws.connect_proxy import ConnectProxy, QuietRequestHandler
from lab.aws.eks.authorizer import Authorizer
from lab.aws.eks.cluster import ClusterKey
from lab.aws.eks_front import EksFront
from lab.aws.facts import ADMINISTRATOR, AuthorizerFacts, ClusterFacts, partition_of
from lab.aws.gateway import Gateway
from lab.aws.journal import Journal
from lab.aws.key_ring import KeyRing
from lab.aws.sts_hosts import sts_hosts

_LOOPBACK = "127.0.0.1"
_ADMINISTRATOR_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class ServerConfig:
    """What the process is told, in a file that holds no secret.

    Attributes:
        port: of the AWS endpoint on loopback.
        proxy_port: of the STS proxy on loopback.
        certificate: PEM file with the certificate and key of the STS hosts.
        administrators: file to write, mode 0600: ``{account: {AccessKeyId, SecretAccessKey}}``.
        calls: file to write: what is asked, a line of JSON for each call (``journal.py``).
        clusters: what DescribeCluster shows.
        authorizer: the authorization webhook of the first cluster's API server, if it has one.

    """

    port: int
    proxy_port: int
    certificate: str
    administrators: str
    calls: str
    clusters: tuple[ClusterFacts, ...]
    authorizer: AuthorizerFacts | None = None

    def save(self, path: Path) -> None:
        """Write the file."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> "ServerConfig":
        """Read the file."""
        raw = json.loads(path.read_text())
        clusters = tuple(ClusterFacts(**cluster) for cluster in raw["clusters"])
        authorizer = AuthorizerFacts(**raw["authorizer"]) if raw["authorizer"] else None
        return cls(**raw | {"clusters": clusters, "authorizer": authorizer})


def settle_cluster(facts: ClusterFacts) -> None:
    """Make moto's own cluster object say what is true of a cluster of the lab.

    `accessConfig` is the one member of DescribeCluster that moto does not know.
    """
    partition = partition_of(facts.region)
    cluster: Any = eks_backends[facts.account][facts.region].create_cluster(
        name=facts.name,
        role_arn=f"arn:{partition}:iam::{facts.account}:role/eks-cluster",
        resources_vpc_config={"subnetIds": ["subnet-lab"], "securityGroupIds": [], "endpointPublicAccess": True},
        version=facts.version,
    )
    cluster.endpoint = facts.endpoint
    cluster.certificate_authority = {"data": b64encode(facts.ca_pem.encode()).decode()}
    cluster.access_config = {"authenticationMode": facts.authentication_mode}


def settle_administrator(account: str, partition: str) -> dict[str, str]:
    """Make the account's administrator, an IAM user that may do everything, and a key for them."""
    backend = iam_backends[account][partition]
    backend.create_user("us-east-1", ADMINISTRATOR)
    backend.put_user_policy(ADMINISTRATOR, "everything", json.dumps(_ADMINISTRATOR_POLICY))
    key = backend.create_access_key(ADMINISTRATOR)
    return {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key}


def main(config_path: str) -> None:
    """Serve until killed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    config = ServerConfig.load(Path(config_path))
    eks = EksFront()
    for cluster in config.clusters:
        settle_cluster(cluster)
        eks.feed(cluster)
    accounts = {cluster.account: partition_of(cluster.region) for cluster in config.clusters}
    keys = {account: settle_administrator(account, partition) for account, partition in accounts.items()}
    _write_private(Path(config.administrators), json.dumps(keys))

    _complete_cloudformation(f"http://{_LOOPBACK}:{config.port}", keys)
    hosts = sts_hosts()
    journal = Journal(Path(config.calls))
    gateway = Gateway(DomainDispatcherApplication(create_backend_app), KeyRing(), hosts, eks, journal)
    server = make_server(_LOOPBACK, config.port, gateway, threaded=True, request_handler=QuietRequestHandler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(config.certificate)
    proxy = ConnectProxy((_LOOPBACK, config.proxy_port), server, tls, hosts)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    if config.authorizer:
        _serve_authorizer(config.authorizer, config.clusters[0], eks)
    server.serve_forever()


def _serve_authorizer(facts: AuthorizerFacts, cluster: ClusterFacts, eks: EksFront) -> None:
    """Judge for the API server of a cluster, by the entries of that cluster that are in effect."""
    entries = eks.entries(ClusterKey(cluster.account, cluster.region, cluster.name))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(facts.certificate, facts.key)
    server = make_server(
        _LOOPBACK, facts.port, Authorizer(entries.in_effect.now), threaded=True, request_handler=QuietRequestHandler,
        ssl_context=tls,
    )  # fmt: skip
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _complete_cloudformation(endpoint_url: str, administrators: dict[str, dict[str, str]]) -> None:
    """Teach moto's CloudFormation what our stacks need; it finds subclasses of its model once they are imported."""
    lambda_resources.let_refer_to_versions()
    lambda_resources.leave_queues_alone()
    stack_templates.read_as_aws_does()

    def assume(role: str, region: str) -> boto3.Session:
        key = administrators[role.split(":")[4]]
        sts = boto3.client(
            "sts", region, endpoint_url=endpoint_url, aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )  # fmt: skip
        issued = sts.assume_role(RoleArn=role, RoleSessionName="custom-resource")["Credentials"]
        return boto3.Session(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"], region)

    sdk_call_resource.let_call_the_sdk(assume, endpoint_url)


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1])
