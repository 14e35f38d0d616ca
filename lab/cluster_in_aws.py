"""The lab's cluster as its AWS side knows it."""

from typing import TYPE_CHECKING

from lab import registrar_rights
from lab.authenticator import Authenticator
from lab.authorizer import AuthorizationWebhook
from lab.aws.facts import ClusterFacts
from lab.control_plane import ControlPlane
from lab.process import ProcessGroup
from lab.settings import ACCOUNT, CLUSTER, REGION, UNREACHABLE
from registrar.policy import Policy

if TYPE_CHECKING:
    from lab.aws.side import AwsSide


def facts(control_plane: ControlPlane, webhook: Authenticator, mode: str, policy: Policy) -> ClusterFacts:
    """What DescribeCluster tells, and where the cluster's authenticator is fed.

    With ``kubernetes: none`` it tells an endpoint where nothing listens, as a private one is to a function outside its
    VPC: no Kubernetes call of the registrar could go unnoticed. Kubeconfigs of the lab have the real one.
    """
    no_kubernetes = policy.cluster(CLUSTER).kubernetes == "none"
    return ClusterFacts(
        name=CLUSTER,
        region=REGION,
        account=ACCOUNT,
        endpoint=UNREACHABLE if no_kubernetes else control_plane.endpoint,
        ca_pem=control_plane.ca.cert_pem,
        authentication_mode=mode,
        dynamic_file=str(webhook.dynamic_file),
        mode_file=str(control_plane.folder.root / "aws" / "authentication-mode.json"),
    )


def start(
    control_plane: ControlPlane,
    processes: ProcessGroup,
    cluster: ClusterFacts,
    authorizer: AuthorizationWebhook,
    policy: Policy,
) -> "AwsSide":
    """Start the AWS side; the registrar's role has its rights to the access entries of the configured clusters.

    Raises:
        LabProcessError: if it does not come up.

    """
    from lab.aws.side import AwsSide  # noqa: PLC0415 - imports moto's clients, in parallel

    return AwsSide.start(
        control_plane.folder.root / "aws",
        processes,
        control_plane.ca,
        [cluster],
        authorizer=authorizer.facts,
        registrar_rights=registrar_rights.in_aws(policy),
    )
