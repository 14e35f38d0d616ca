"""Clusters that are deployed for, and have left the configuration: what the registrar wrote there stays there."""

from __future__ import annotations

from botocore.exceptions import ClientError

from registrar.doctor.deployment import Deployment, stack_name
from registrar.doctor.finding import Finding, doubt, well
from registrar.eks.aws_errors import code_of

_WHAT = "clusters that left"
OUTPUT = "Clusters"
"""The output of the stack that lists its clusters as ``tag=name``, with commas between them (``infra/outputs.py``)."""


def departed(place: Deployment) -> tuple[Finding, ...]:
    """What the stack of this region was deployed for, against what registrar.yaml says now."""
    name = stack_name(place.policy.installation, place.region)
    where = f"stack {name}"
    try:
        stack = place.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if code_of(error) != "ValidationError":  # what CloudFormation says of a stack that does not exist
            raise
        return (doubt(where, _WHAT, f"there is no stack {name} in {place.region}", "deploy it (cdk deploy)"),)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    if OUTPUT not in outputs:
        return (doubt(where, _WHAT, f"it has no output {OUTPUT}", "deploy it again (cdk deploy)"),)
    deployed = {tuple(pair.partition("=")[::2]) for pair in outputs[OUTPUT].split(",") if pair}
    known = {(c.tag, c.name) for c in place.policy.clusters if c.region == place.region}
    gone = sorted(deployed - known)
    if not gone:
        return (well(where, _WHAT, f"registrar.yaml knows all {len(deployed)} clusters of the stack"),)
    told = ", ".join(f"{tag} (EKS cluster {cluster})" for tag, cluster in gone)
    account = stack["StackId"].split(":")[4]
    commands = (f"eks-registrar purge --cluster {c} --region {place.region} --account {account}" for _, c in gone)
    return (
        doubt(
            where,
            _WHAT,
            f"{told} left {place.policy.source}: what the registrar wrote there stays and gives access, and nobody"
            " revokes it",
            f"{'; '.join(commands)}; then deploy (cdk deploy)",
        ),
    )
