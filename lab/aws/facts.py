"""What the AWS side is told about the clusters it describes."""

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class ClusterFacts:
    """A cluster as `eks:DescribeCluster` shows it.

    Attributes:
        name: the cluster's name.
        region: its region, such as ``us-east-1``.
        account: the 12-digit account that owns it.
        endpoint: the API server's real address, ``https://127.0.0.1:PORT``.
        ca_pem: the certificate of the authority that signed the API server's, PEM.
        authentication_mode: ``CONFIG_MAP``, ``API`` or ``API_AND_CONFIG_MAP``.
        version: the Kubernetes minor version shown, such as ``1.35``.
        dynamic_file: the file by which the cluster's authenticator knows its access entries, if it has one.
        mode_file: where a change of mode is announced to who runs the authenticator, if anybody does. It ends by the
            hook ``UPDATES_PATH``; otherwise a change ends at once.

    """

    name: str
    region: str
    account: str
    endpoint: str
    ca_pem: str
    authentication_mode: str
    version: str = "1.35"
    dynamic_file: str | None = None
    mode_file: str | None = None


@dataclass(frozen=True)
class AuthorizerFacts:
    """Where an API server's authorization webhook is served on loopback: port, and PEM files."""

    port: int
    certificate: str
    key: str


def partition_of(region: str) -> str:
    """The AWS partition of a region.

    Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


IAM_EVENT_REGION = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Per partition, the one region whose EventBridge sees IAM's events.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html (IAM is a global service).
"""
