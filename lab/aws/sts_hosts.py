"""The names of STS: the only hosts that the lab's proxy leads to."""

import botocore.session

_PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov"})
_GLOBAL_HOST = "sts.amazonaws.com"


def sts_hosts() -> dict[str, str]:
    """Every STS host of the three partitions with the region it stands for, from botocore's partition data.

    The global host accepts signatures for us-east-1
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html).
    """
    hosts = {_GLOBAL_HOST: "us-east-1"}
    for partition in botocore.session.get_session().get_data("partitions")["partitions"]:
        if partition["id"] in _PARTITIONS:
            suffix = partition["outputs"]["dnsSuffix"]
            regions = [region for region in partition["regions"] if not region.endswith("-global")]
            hosts |= {f"sts.{region}.{suffix}": region for region in regions}
    return hosts
