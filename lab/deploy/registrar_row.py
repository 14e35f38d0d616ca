"""The one thing that a person does by hand where ``registrarAccess`` is ``manual``."""

import json
import re

from lab.local_eks import LocalEks

_ROW = re.compile(r"- \{.*\}$")


def add_row_of_output(lab: LocalEks, stack: str) -> str:
    """Add the row that the stack's output shows to aws-auth, as an administrator of the cluster; returns it."""
    (described,) = lab.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    (row,) = [found[0] for output in described["Outputs"] if (found := _ROW.search(output["OutputValue"]))]
    shown = lab.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "json").stdout
    text = json.loads(shown)["data"]["mapRoles"].rstrip("\n")
    patch = json.dumps({"data": {"mapRoles": f"{text}\n{row}\n"}})
    lab.kubectl("patch", "configmap", "aws-auth", "-n", "kube-system", "--type=merge", "-p", patch)
    return row
