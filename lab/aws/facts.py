"""What the AWS side is told about the clusters it describes."""

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


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

    """

    name: str
    region: str
    account: str
    endpoint: str
    ca_pem: str
    authentication_mode: str
    version: str = "1.35"


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
